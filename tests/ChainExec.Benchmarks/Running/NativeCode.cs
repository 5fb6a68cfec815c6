using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ChainExec.Benchmarks.Running;

/// <summary>C of the folder <c>Native</c>, compiled for this very processor when a row first asks for it, and loaded.</summary>
internal static class NativeCode
{
    private static readonly Dictionary<string, nint> Loaded = [];

    /// <summary>The library made of <paramref name="source"/>, or 0 when it cannot be made, as when what it links is missing.</summary>
    public static nint TryLoad(string source, params string[] options)
    {
        string key = string.Join(' ', [source, .. options]);
        if (!Loaded.TryGetValue(key, out nint library))
        {
            string target = Path.Combine(AppContext.BaseDirectory, "Native", $"{Path.GetFileNameWithoutExtension(source)}{Loaded.Count}.so");
            library = Compile(Path.Combine(AppContext.BaseDirectory, "Native", source), target, options) ? NativeLibrary.Load(target) : 0;
            Loaded.Add(key, library);
        }

        return library;
    }

    /// <summary>The address of a function of the library made of <paramref name="source"/>.</summary>
    /// <exception cref="InvalidOperationException">The library cannot be made.</exception>
    public static nint Function(string name, string source, params string[] options)
    {
        nint library = TryLoad(source, options);
        return library == 0
            ? throw new InvalidOperationException($"gcc could not make {source} (options: {string.Join(' ', options)}).")
            : NativeLibrary.GetExport(library, name);
    }

    private static bool Compile(string source, string target, string[] options)
    {
        var start = new ProcessStartInfo("gcc") { RedirectStandardError = true };
        foreach (string argument in (string[])["-O3", "-march=native", "-fPIC", "-shared", "-o", target, source, .. options])
            start.ArgumentList.Add(argument);
        try
        {
            using Process? compiler = Process.Start(start);
            string errors = compiler?.StandardError.ReadToEnd() ?? "";
            compiler?.WaitForExit();
            if (compiler?.ExitCode != 0)
                Console.Error.WriteLine($"gcc did not make {Path.GetFileName(source)}: {errors.Trim().ReplaceLineEndings(" ")}");
            return compiler?.ExitCode == 0;
        }
        catch (Win32Exception error)
        {
            Console.Error.WriteLine($"gcc cannot be started: {error.Message}");
            return false;
        }
    }
}
