/* SHA3-256 of the libraries of this machine: the permutation and the rate of Keccak-256, so also its time. Declared here, because the
   headers may be missing where the libraries are not. */
#include <stddef.h>
#include <stdint.h>

#ifdef WITH_OPENSSL
typedef struct evp_md_st EVP_MD;
typedef struct evp_md_ctx_st EVP_MD_CTX;
EVP_MD *EVP_MD_fetch(void *library, const char *algorithm, const char *properties);
EVP_MD_CTX *EVP_MD_CTX_new(void);
int EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *type, void *engine);
int EVP_DigestUpdate(EVP_MD_CTX *context, const void *data, size_t length);
int EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *digest, unsigned int *length);

void bench_sha3_openssl(const uint8_t *input, size_t length, uint8_t *digest)
{
    static EVP_MD *type;
    static EVP_MD_CTX *context;
    unsigned int written;
    if (context == NULL) {
        type = EVP_MD_fetch(NULL, "SHA3-256", NULL);
        context = EVP_MD_CTX_new();
    }
    EVP_DigestInit_ex(context, type, NULL);
    EVP_DigestUpdate(context, input, length);
    EVP_DigestFinal_ex(context, digest, &written);
}
#endif

#ifdef WITH_GCRYPT
const char *gcry_check_version(const char *version);
void gcry_md_hash_buffer(int algorithm, void *digest, const void *data, size_t length);

void bench_sha3_gcrypt(const uint8_t *input, size_t length, uint8_t *digest)
{
    static const char *version;
    if (version == NULL)
        version = gcry_check_version(NULL);
    gcry_md_hash_buffer(313, digest, input, length);
}
#endif

#ifdef WITH_NETTLE
void nettle_sha3_256_init(void *context);
void nettle_sha3_256_update(void *context, size_t length, const uint8_t *data);
void nettle_sha3_256_digest(void *context, size_t length, uint8_t *digest);

void bench_sha3_nettle(const uint8_t *input, size_t length, uint8_t *digest)
{
    /* struct sha3_256_ctx has 200 bytes of state, an index and a block of 136 bytes. */
    uint64_t context[64];
    nettle_sha3_256_init(context);
    nettle_sha3_256_update(context, length, input);
    nettle_sha3_256_digest(context, 32, digest);
}
#endif
