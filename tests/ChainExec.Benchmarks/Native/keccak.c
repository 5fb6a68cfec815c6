/* Keccak-256 (padding 0x01) as C compilers make it best: lanes in locals, rounds unrolled by two, the chi step written as and-not.
   The yardstick of the benchmark when no library here is faster. */
#include <stdint.h>
#include <string.h>

#define ROL(x, n) (((x) << (n)) | ((x) >> (64 - (n))))

static const uint64_t round_constants[24] = {
    0x0000000000000001ull, 0x0000000000008082ull, 0x800000000000808aull, 0x8000000080008000ull, 0x000000000000808bull,
    0x0000000080000001ull, 0x8000000080008081ull, 0x8000000000008009ull, 0x000000000000008aull, 0x0000000000000088ull,
    0x0000000080008009ull, 0x000000008000000aull, 0x000000008000808bull, 0x800000000000008bull, 0x8000000000008089ull,
    0x8000000000008003ull, 0x8000000000008002ull, 0x8000000000000080ull, 0x000000000000800aull, 0x800000008000000aull,
    0x8000000080008081ull, 0x8000000000008080ull, 0x0000000080000001ull, 0x8000000080008008ull,
};

/* One row of the plane: five lanes of the input, rotated into place, give five lanes of the output. */
#define ROW(e, y, l0, d0, r0, l1, d1, r1, l2, d2, r2, l3, d3, r3, l4, d4, r4, constant) \
    do { \
        uint64_t b0 = ROL(l0 ^ d0, r0), b1 = ROL(l1 ^ d1, r1), b2 = ROL(l2 ^ d2, r2), b3 = ROL(l3 ^ d3, r3), b4 = ROL(l4 ^ d4, r4); \
        e##y##0 = b0 ^ (~b1 & b2) ^ (constant); \
        e##y##1 = b1 ^ (~b2 & b3); \
        e##y##2 = b2 ^ (~b3 & b4); \
        e##y##3 = b3 ^ (~b4 & b0); \
        e##y##4 = b4 ^ (~b0 & b1); \
    } while (0)

#define ROL0(x, n) (x)

#define ROUND(a, e, constant) \
    do { \
        uint64_t c0 = a##00 ^ a##10 ^ a##20 ^ a##30 ^ a##40, c1 = a##01 ^ a##11 ^ a##21 ^ a##31 ^ a##41; \
        uint64_t c2 = a##02 ^ a##12 ^ a##22 ^ a##32 ^ a##42, c3 = a##03 ^ a##13 ^ a##23 ^ a##33 ^ a##43; \
        uint64_t c4 = a##04 ^ a##14 ^ a##24 ^ a##34 ^ a##44; \
        uint64_t d0 = c4 ^ ROL(c1, 1), d1 = c0 ^ ROL(c2, 1), d2 = c1 ^ ROL(c3, 1), d3 = c2 ^ ROL(c4, 1), d4 = c3 ^ ROL(c0, 1); \
        { \
            uint64_t b0 = a##00 ^ d0, b1 = ROL(a##11 ^ d1, 44), b2 = ROL(a##22 ^ d2, 43), b3 = ROL(a##33 ^ d3, 21); \
            uint64_t b4 = ROL(a##44 ^ d4, 14); \
            e##00 = b0 ^ (~b1 & b2) ^ (constant); \
            e##01 = b1 ^ (~b2 & b3); \
            e##02 = b2 ^ (~b3 & b4); \
            e##03 = b3 ^ (~b4 & b0); \
            e##04 = b4 ^ (~b0 & b1); \
        } \
        ROW(e, 1, a##03, d3, 28, a##14, d4, 20, a##20, d0, 3, a##31, d1, 45, a##42, d2, 61, 0); \
        ROW(e, 2, a##01, d1, 1, a##12, d2, 6, a##23, d3, 25, a##34, d4, 8, a##40, d0, 18, 0); \
        ROW(e, 3, a##04, d4, 27, a##10, d0, 36, a##21, d1, 10, a##32, d2, 15, a##43, d3, 56, 0); \
        ROW(e, 4, a##02, d2, 62, a##13, d3, 55, a##24, d4, 39, a##30, d0, 41, a##41, d1, 2, 0); \
    } while (0)

#define LANES(p) \
    uint64_t p##00, p##01, p##02, p##03, p##04, p##10, p##11, p##12, p##13, p##14, p##20, p##21, p##22, p##23, p##24, p##30, p##31, \
        p##32, p##33, p##34, p##40, p##41, p##42, p##43, p##44

#define EACH_LANE(f) \
    f(a00, 0) f(a01, 1) f(a02, 2) f(a03, 3) f(a04, 4) f(a10, 5) f(a11, 6) f(a12, 7) f(a13, 8) f(a14, 9) f(a20, 10) f(a21, 11) \
    f(a22, 12) f(a23, 13) f(a24, 14) f(a30, 15) f(a31, 16) f(a32, 17) f(a33, 18) f(a34, 19) f(a40, 20) f(a41, 21) f(a42, 22) \
    f(a43, 23) f(a44, 24)

#define LOAD(lane, i) lane = state[i];
#define STORE(lane, i) state[i] = lane;

static void permute(uint64_t state[25])
{
    LANES(a);
    LANES(e);
    EACH_LANE(LOAD)
    for (int round = 0; round < 24; round += 2) {
        ROUND(a, e, round_constants[round]);
        ROUND(e, a, round_constants[round + 1]);
    }
    EACH_LANE(STORE)
}

static void absorb(uint64_t state[25], const uint8_t *block)
{
    for (int i = 0; i < 17; i++) {
        uint64_t lane;
        memcpy(&lane, block + 8 * i, 8);
        state[i] ^= lane;
    }
    permute(state);
}

void bench_keccak_c(const uint8_t *input, size_t length, uint8_t *digest)
{
    uint64_t state[25] = {0};
    uint8_t last[136] = {0};
    for (; length >= 136; length -= 136, input += 136)
        absorb(state, input);
    memcpy(last, input, length);
    last[length] = 0x01;
    last[135] |= 0x80;
    absorb(state, last);
    memcpy(digest, state, 32);
}
