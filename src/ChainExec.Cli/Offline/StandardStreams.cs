using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace ChainExec.Cli.Offline;

/// <summary>Standard input and output as bytes.</summary>
internal static class StandardStreams
{
    private const int OutputDescriptor = 1;

    public static Stream OpenInput() => Console.OpenStandardInput();

    /// <summary>
    /// The console's stream passes over a reader that has gone, and a long input would be worked through for nobody. So a pipe is written
    /// directly, which throws then; a file is not, because a second file position would overwrite what other programs append.
    /// </summary>
    public static Stream OpenOutput()
    {
        var direct = new FileStream(new SafeFileHandle(OutputDescriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return direct.CanSeek ? Console.OpenStandardOutput() : direct;
    }

    /// <summary>All of standard input, which is one request.</summary>
    /// <param name="lengthMax">Its longest length, which is that of a line among many requests.</param>
    /// <exception cref="CliException">It is longer.</exception>
    public static byte[] ReadRequest(int lengthMax)
    {
        using Stream input = OpenInput();
        byte[] buffer = GC.AllocateUninitializedArray<byte>(lengthMax + 1, pinned: true);
        int length = input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (length > lengthMax)
            throw new CliException($"A request has at most {lengthMax} bytes.", CliException.Usage);
        byte[] request = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        buffer.AsSpan(0, length).CopyTo(request);
        buffer.AsSpan().Clear();
        return request;
    }

    /// <summary>Writes a secret into a request: typed without echo at a terminal, else the next line of standard input.</summary>
    public static void WriteSecret(Utf8JsonWriter request, string field, string name)
    {
        char[] secret = Console.IsInputRedirected ? ReadLine(name) : ReadKeys(name);
        request.WriteString(field, secret);
        secret.AsSpan().Clear();
    }

    private static char[] ReadLine(string name) => Console.In.ReadLine()?.ToCharArray()
        ?? throw new CliException($"{name}: standard input ended before it.", CliException.Usage);

    private static char[] ReadKeys(string name)
    {
        Console.Error.Write($"{name}: ");
        var typed = new List<char>(256);
        for (ConsoleKeyInfo key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace && typed.Count > 0)
                typed.RemoveAt(typed.Count - 1);
            else if (!char.IsControl(key.KeyChar))
                typed.Add(key.KeyChar);
        }

        Console.Error.WriteLine();
        return [.. typed];
    }
}
