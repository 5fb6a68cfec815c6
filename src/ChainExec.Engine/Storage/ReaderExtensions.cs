using System.Numerics;
using ChainExec.Ethereum;
using Npgsql;

namespace ChainExec.Storage;

/// <summary>Columns as our own values.</summary>
internal static class ReaderExtensions
{
    public static Address Address(this NpgsqlDataReader reader, string column) =>
        Ethereum.Address.FromBytes(reader.GetFieldValue<byte[]>(reader.GetOrdinal(column)));

    public static Address? AddressOrNull(this NpgsqlDataReader reader, string column) =>
        reader.IsDBNull(reader.GetOrdinal(column)) ? null : reader.Address(column);

    public static Hash32 Hash(this NpgsqlDataReader reader, string column) =>
        Hash32.FromBytes(reader.GetFieldValue<byte[]>(reader.GetOrdinal(column)));

    public static Hash32? HashOrNull(this NpgsqlDataReader reader, string column) =>
        reader.IsDBNull(reader.GetOrdinal(column)) ? null : reader.Hash(column);

    public static byte[] Bytes(this NpgsqlDataReader reader, string column) => reader.GetFieldValue<byte[]>(reader.GetOrdinal(column));

    public static TokenAmount Amount(this NpgsqlDataReader reader, string column) =>
        new(reader.GetFieldValue<BigInteger>(reader.GetOrdinal(column)));

    public static TokenAmount? AmountOrNull(this NpgsqlDataReader reader, string column) =>
        reader.IsDBNull(reader.GetOrdinal(column)) ? null : reader.Amount(column);

    public static string Text(this NpgsqlDataReader reader, string column) => reader.GetString(reader.GetOrdinal(column));

    public static string? TextOrNull(this NpgsqlDataReader reader, string column)
    {
        int ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? null : reader.GetString(ordinal);
    }

    public static Guid Uuid(this NpgsqlDataReader reader, string column) => reader.GetGuid(reader.GetOrdinal(column));

    public static Guid? UuidOrNull(this NpgsqlDataReader reader, string column)
    {
        int ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? null : reader.GetGuid(ordinal);
    }

    public static long Long(this NpgsqlDataReader reader, string column) => reader.GetInt64(reader.GetOrdinal(column));

    public static long? LongOrNull(this NpgsqlDataReader reader, string column)
    {
        int ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? null : reader.GetInt64(ordinal);
    }

    public static int Int(this NpgsqlDataReader reader, string column) => reader.GetInt32(reader.GetOrdinal(column));

    public static int? IntOrNull(this NpgsqlDataReader reader, string column)
    {
        int ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? null : reader.GetInt32(ordinal);
    }

    public static bool Bool(this NpgsqlDataReader reader, string column) => reader.GetBoolean(reader.GetOrdinal(column));

    public static bool? BoolOrNull(this NpgsqlDataReader reader, string column)
    {
        int ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? null : reader.GetBoolean(ordinal);
    }

    public static DateTimeOffset Time(this NpgsqlDataReader reader, string column) =>
        reader.GetFieldValue<DateTimeOffset>(reader.GetOrdinal(column));

    public static DateTimeOffset? TimeOrNull(this NpgsqlDataReader reader, string column) =>
        reader.IsDBNull(reader.GetOrdinal(column)) ? null : reader.Time(column);

    public static TEnum State<TEnum>(this NpgsqlDataReader reader, string column)
        where TEnum : struct, Enum => EnumText.Parse<TEnum>(reader.Text(column));
}
