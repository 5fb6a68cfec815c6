/* Signing and recovering by libsecp256k1 as a C program does it. Its headers may be missing where its library is not, so what is called
   is declared here, after include/secp256k1.h and include/secp256k1_recovery.h of the library. */
#include <stddef.h>
#include <stdint.h>

typedef struct secp256k1_context_struct secp256k1_context;
typedef struct { unsigned char data[64]; } secp256k1_pubkey;
typedef struct { unsigned char data[65]; } secp256k1_ecdsa_recoverable_signature;

secp256k1_context *secp256k1_context_create(unsigned int flags);
int secp256k1_context_randomize(secp256k1_context *context, const unsigned char *seed);
int secp256k1_ecdsa_sign_recoverable(const secp256k1_context *context, secp256k1_ecdsa_recoverable_signature *signature,
    const unsigned char *message, const unsigned char *key, void *nonce_function, const void *nonce_data);
int secp256k1_ecdsa_recoverable_signature_serialize_compact(const secp256k1_context *context, unsigned char *compact, int *recovery_id,
    const secp256k1_ecdsa_recoverable_signature *signature);
int secp256k1_ecdsa_recoverable_signature_parse_compact(const secp256k1_context *context,
    secp256k1_ecdsa_recoverable_signature *signature, const unsigned char *compact, int recovery_id);
int secp256k1_ecdsa_recover(const secp256k1_context *context, secp256k1_pubkey *key,
    const secp256k1_ecdsa_recoverable_signature *signature, const unsigned char *message);
int secp256k1_ec_pubkey_serialize(const secp256k1_context *context, unsigned char *output, size_t *length, const secp256k1_pubkey *key,
    unsigned int flags);

static secp256k1_context *context;

/* Answers 1 when the library is ready. */
int bench_secp_start(const unsigned char *seed)
{
    context = secp256k1_context_create(1);
    return context != NULL && secp256k1_context_randomize(context, seed);
}

/* Signs the message that many times; each signature's last byte changes the next message. Answers how many were made. */
int bench_secp_sign(unsigned char *message, const unsigned char *key, unsigned char *compact, int *recovery_id, int times)
{
    int made = 0;
    for (int i = 0; i < times; i++) {
        secp256k1_ecdsa_recoverable_signature signature;
        made += secp256k1_ecdsa_sign_recoverable(context, &signature, message, key, NULL, NULL)
            && secp256k1_ecdsa_recoverable_signature_serialize_compact(context, compact, recovery_id, &signature);
        message[31] = compact[63];
    }
    return made;
}

/* Recovers the uncompressed public key that many times. Answers how often that went well. */
int bench_secp_recover(const unsigned char *message, const unsigned char *compact, int recovery_id, unsigned char *output, int times)
{
    int made = 0;
    for (int i = 0; i < times; i++) {
        secp256k1_ecdsa_recoverable_signature signature;
        secp256k1_pubkey key;
        size_t length = 65;
        made += secp256k1_ecdsa_recoverable_signature_parse_compact(context, &signature, compact, recovery_id)
            && secp256k1_ecdsa_recover(context, &key, &signature, message)
            && secp256k1_ec_pubkey_serialize(context, output, &length, &key, 2);
    }
    return made;
}
