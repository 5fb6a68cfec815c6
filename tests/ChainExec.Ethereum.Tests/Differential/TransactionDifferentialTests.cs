using System.Globalization;
using System.Text.Json;
using ChainExec.Ethereum.Accounts;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Tests.Abi;
using ChainExec.Ethereum.Tests.Transactions;
using ChainExec.Ethereum.Tests.TypedData;
using ChainExec.Ethereum.Transactions;
using ChainExec.Ethereum.TypedData;

namespace ChainExec.Ethereum.Tests.Differential;

/// <summary>Random transactions, typed data and account hashes against viem.</summary>
public sealed class TransactionDifferentialTests(ReferenceProcess reference) : IClassFixture<ReferenceProcess>
{
    // Small, because the reference takes milliseconds to sign and its deadline is for a batch.
    private const int BatchSize = 100;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Signed_transactions_of_every_type_are_those_of_viem() => CompareAsync(AbiCases.Count(200, 4_000), random =>
    {
        byte[] keyBytes = Keys.Bytes(random);
        using var key = PrivateKey.FromBytes(keyBytes);
        Transaction transaction = RandomTransactions.Make(random, (byte)random.Next(5));
        SignedTransaction signed = transaction.Sign(key);
        string request = AbiJson.Line(json =>
        {
            json.WriteString("op", "transaction");
            json.WriteString("key", Hex.Encode(keyBytes));
            TransactionJson.Write(json, "tx", transaction);
        });
        return (request, answer =>
        {
            AssertSame(Hex.Encode(signed.Encode()), answer, "raw", request);
            AssertSame(signed.Hash.ToString(), answer, "hash", request);
            AssertSame(transaction.SigningHash().ToString(), answer, "signingHash", request);
            SignedTransaction decoded = SignedTransaction.Decode(Hex.Decode(answer.GetProperty("raw").GetString()!));
            AssertSame(decoded.Sender.ToString(), answer, "from", request);
            Assert.Equal(Authorities(decoded.Transaction), answer.GetProperty("authorities").EnumerateArray().Select(a => a.GetString()));
        });
    });

    [Fact]
    public Task Authorizations_are_those_of_viem() => CompareAsync(AbiCases.Count(50, 1_000), random =>
    {
        byte[] keyBytes = Keys.Bytes(random);
        using var key = PrivateKey.FromBytes(keyBytes);
        ulong chainId = RandomTransactions.UInt64(random) >> 11;
        var authorization = new Authorization(chainId, RandomTransactions.Account(random), RandomTransactions.UInt64(random) >> 11);
        SignedAuthorization signed = authorization.Sign(key);
        string request = AbiJson.Line(json =>
        {
            json.WriteString("op", "authorization");
            json.WriteString("key", Hex.Encode(keyBytes));
            json.WriteStartObject("authorization");
            TransactionJson.Write(json, authorization);
            json.WriteEndObject();
        });
        return (request, answer =>
        {
            AssertSame(authorization.SigningHash().ToString(), answer, "hash", request);
            AssertSame(signed.YParity.ToString(CultureInfo.InvariantCulture), answer, "yParity", request);
            Assert.Equal(signed.R, UInt256.Parse(answer.GetProperty("r").GetString()!));
            Assert.Equal(signed.S, UInt256.Parse(answer.GetProperty("s").GetString()!));
        });
    });

    [Fact]
    public Task Typed_data_has_the_hashes_of_viem() => CompareAsync(AbiCases.Count(300, 10_000), random =>
    {
        string message = new RandomTypedData(random).MakeJson();
        TypedMessage typed = TypedMessage.ParseJson(message);
        string request = AbiJson.Line(json =>
        {
            json.WriteString("op", "typedData");
            json.WritePropertyName("message");
            json.WriteRawValue(message);
        });
        return (request, answer =>
        {
            AssertSame(typed.DomainSeparator.ToString(), answer, "domainSeparator", request);
            AssertSame(typed.StructHash.ToString(), answer, "structHash", request);
            AssertSame(typed.Digest.ToString(), answer, "digest", request);
        });
    });

    [Fact]
    public Task Personal_messages_have_the_digests_of_viem() => CompareAsync(AbiCases.Count(50, 1_000), random =>
    {
        byte[] message = RandomTransactions.Bytes(random, random.Next(random.Next(2) == 0 ? 12 : 1200));
        string request = AbiJson.Line(json =>
        {
            json.WriteString("op", "personalMessage");
            json.WriteString("data", Hex.Encode(message));
        });
        return (request, answer => AssertSame(Eip191.PersonalMessageDigest(message).ToString(), answer, "digest", request));
    });

    [Fact]
    public Task User_operations_have_the_hashes_of_viem() => CompareAsync(AbiCases.Count(100, 5_000), UserOperationCase);

    [Fact]
    public Task Contract_addresses_are_those_of_viem() => CompareAsync(AbiCases.Count(50, 2_000), random =>
    {
        Address creator = RandomTransactions.Account(random);
        ulong nonce = Math.Min(RandomTransactions.UInt64(random), ulong.MaxValue - 1);
        var salt = Hash32.FromBytes(RandomTransactions.Bytes(random, Hash32.Size));
        byte[] code = RandomTransactions.Bytes(random, 1 + random.Next(100));
        string request = AbiJson.Line(json =>
        {
            json.WriteString("op", "contract");
            json.WriteString("from", creator.ToHex());
            TransactionJson.WriteNumber(json, "nonce", nonce);
            json.WriteString("salt", salt.ToString());
            json.WriteString("bytecode", Hex.Encode(code));
        });
        return (request, answer =>
        {
            AssertSame(ContractAddress.Create(creator, nonce).ToString(), answer, "create", request);
            AssertSame(ContractAddress.Create2(creator, salt, code).ToString(), answer, "create2", request);
        });
    });

    private static (string Request, Action<JsonElement> Check) UserOperationCase(Random random)
    {
        bool isV08 = random.Next(2) == 0;
        bool hasMarker = isV08 && random.Next(3) == 0;
        Address factory = hasMarker ? Address.Parse("0x7702000000000000000000000000000000000000") : RandomTransactions.Account(random);
        byte[] factoryData = RandomTransactions.Bytes(random, random.Next(40));
        bool hasFactory = hasMarker || random.Next(2) == 0;
        Address paymaster = RandomTransactions.Account(random);
        byte[] paymasterData = RandomTransactions.Bytes(random, random.Next(40));
        bool hasPaymaster = random.Next(2) == 0;
        (UInt128 paymasterGas, UInt128 postOpGas) = (RandomTransactions.UInt64(random), RandomTransactions.UInt64(random));
        Address code = RandomTransactions.Account(random);
        ulong chainId = RandomTransactions.UInt64(random) >> 11;
        Address entryPoint = isV08 ? UserOperation.EntryPointV08 : UserOperation.EntryPointV07;
        var operation = new UserOperation(
            RandomTransactions.Account(random),
            RandomTransactions.UInt256Of(random, 256),
            hasFactory ? [.. factory.ToArray(), .. factoryData] : Array.Empty<byte>(),
            RandomTransactions.Bytes(random, random.Next(80)),
            UInt128Of(random),
            UInt128Of(random),
            RandomTransactions.UInt256Of(random, 256),
            UInt128Of(random),
            UInt128Of(random),
            hasPaymaster ? UserOperation.PackPaymaster(paymaster, paymasterGas, postOpGas, paymasterData) : []);
        string request = AbiJson.Line(json =>
        {
            json.WriteString("op", "userOperation");
            json.WriteString("version", isV08 ? "0.8" : "0.7");
            TransactionJson.WriteNumber(json, "chainId", chainId);
            json.WriteString("entryPoint", entryPoint.ToHex());
            json.WriteStartObject("operation");
            WriteOperation(json, operation);
            if (hasFactory)
            {
                json.WriteString("factory", factory.ToHex());
                json.WriteString("factoryData", Hex.Encode(factoryData));
            }

            if (hasMarker)
            {
                json.WriteStartObject("authorization");
                json.WriteString("address", code.ToHex());
                json.WriteEndObject();
            }

            if (hasPaymaster)
            {
                json.WriteString("paymaster", paymaster.ToHex());
                json.WriteString("paymasterData", Hex.Encode(paymasterData));
                json.WriteString("paymasterVerificationGasLimit", paymasterGas.ToString(CultureInfo.InvariantCulture));
                json.WriteString("paymasterPostOpGasLimit", postOpGas.ToString(CultureInfo.InvariantCulture));
            }

            json.WriteEndObject();
        });
        Hash32 hash = isV08 ? operation.HashV08(chainId, entryPoint, code) : operation.HashV07(chainId, entryPoint);
        return (request, answer => AssertSame(hash.ToString(), answer, "hash", request));
    }

    private static void WriteOperation(Utf8JsonWriter json, UserOperation operation)
    {
        json.WriteString("sender", operation.Sender.ToHex());
        TransactionJson.WriteNumber(json, "nonce", operation.Nonce);
        json.WriteString("callData", Hex.Encode(operation.CallData.Span));
        json.WriteString("callGasLimit", operation.CallGasLimit.ToString(CultureInfo.InvariantCulture));
        json.WriteString("verificationGasLimit", operation.VerificationGasLimit.ToString(CultureInfo.InvariantCulture));
        TransactionJson.WriteNumber(json, "preVerificationGas", operation.PreVerificationGas);
        json.WriteString("maxFeePerGas", operation.MaxFeePerGas.ToString(CultureInfo.InvariantCulture));
        json.WriteString("maxPriorityFeePerGas", operation.MaxPriorityFeePerGas.ToString(CultureInfo.InvariantCulture));
    }

    private static UInt128 UInt128Of(Random random) =>
        new UInt128(RandomTransactions.UInt64(random), RandomTransactions.UInt64(random)) >> random.Next(128);

    private static IEnumerable<string> Authorities(Transaction transaction) => transaction is Eip7702Transaction setCode
        ? setCode.AuthorizationList.Select(signed => signed.TryRecoverAuthority(out Address authority) ? authority.ToString() : "nobody")
        : [];

    private async Task CompareAsync(int count, Func<Random, (string Request, Action<JsonElement> Check)> make)
    {
        var random = new Random(AbiCases.Start().Seed);
        for (int done = 0; done < count; done += BatchSize)
        {
            (string Request, Action<JsonElement> Check)[] batch =
                [.. Enumerable.Range(0, Math.Min(BatchSize, count - done)).Select(_ => make(random))];
            IReadOnlyList<JsonElement> answers = await reference.AskAsync([.. batch.Select(item => item.Request)], Token);
            for (int i = 0; i < batch.Length; i++)
            {
                batch[i].Check(answers[i]);
            }
        }
    }

    private static void AssertSame(string expected, JsonElement answer, string member, string request) => Assert.True(
        answer.GetProperty(member).GetString() == expected,
        $"{member} differ\nours:    {expected}\ntheirs:  {answer.GetProperty(member)}\nrequest: {request}");
}
