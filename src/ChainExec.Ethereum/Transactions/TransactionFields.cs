using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>The fields that several transaction types write alike, both ways.</summary>
internal static class TransactionFields
{
    internal static void WriteAddress(RlpWriter writer, Address? address)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        if (address is { } present)
        {
            present.CopyTo(bytes);
            writer.WriteBytes(bytes);
        }
        else
        {
            writer.WriteBytes([]);
        }
    }

    internal static Address? ReadRecipient(ref RlpReader fields)
    {
        ReadOnlySpan<byte> to = fields.ReadBytes();
        return to.Length switch
        {
            0 => null,
            Address.Size => Address.FromBytes(to),
            _ => throw new TransactionException($"The recipient has {to.Length} bytes."),
        };
    }

    internal static void WriteHashes(RlpWriter writer, IReadOnlyList<Hash32> hashes)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        writer.BeginList();
        foreach (Hash32 hash in hashes)
        {
            hash.CopyTo(bytes);
            writer.WriteBytes(bytes);
        }

        writer.EndList();
    }

    internal static IReadOnlyList<Hash32> ReadHashes(RlpReader hashes)
    {
        var list = new List<Hash32>();
        while (!hashes.AtEnd)
        {
            list.Add(Hash32.FromBytes(hashes.ReadBytes(Hash32.Size)));
        }

        return list;
    }

    internal static void WriteAccessList(RlpWriter writer, IReadOnlyList<AccessListEntry> accessList)
    {
        writer.BeginList();
        foreach (AccessListEntry entry in accessList)
        {
            writer.BeginList();
            WriteAddress(writer, entry.Address);
            WriteHashes(writer, entry.StorageKeys);
            writer.EndList();
        }

        writer.EndList();
    }

    internal static IReadOnlyList<AccessListEntry> ReadAccessList(RlpReader entries)
    {
        var accessList = new List<AccessListEntry>();
        while (!entries.AtEnd)
        {
            RlpReader entry = entries.ReadList();
            Address address = Address.FromBytes(entry.ReadBytes(Address.Size));
            IReadOnlyList<Hash32> storageKeys = ReadHashes(entry.ReadList());
            entry.ExpectEnd();
            accessList.Add(new AccessListEntry(address, storageKeys));
        }

        return accessList;
    }

    /// <summary>Writes parity, r and s as every typed transaction ends with them, or nothing.</summary>
    internal static void WriteSignature(RlpWriter writer, Signature? signature)
    {
        if (signature is { } signed)
        {
            writer.WriteInteger(signed.YParity ? UInt256.One : UInt256.Zero);
            writer.WriteInteger(signed.R);
            writer.WriteInteger(signed.S);
        }
    }

    internal static Signature ReadSignature(ref RlpReader fields)
    {
        UInt256 parity = fields.ReadInteger();
        if (parity > UInt256.One)
        {
            throw new TransactionException("The signature's parity is neither 0 nor 1.");
        }

        UInt256 r = fields.ReadInteger();
        return new Signature(r, fields.ReadInteger(), parity == UInt256.One);
    }
}
