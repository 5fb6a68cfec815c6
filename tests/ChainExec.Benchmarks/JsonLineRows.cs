using System.Buffers;
using System.Text;
using System.Text.Json;
using ChainExec.Benchmarks.Running;
using ChainExec.Cli.Offline;

namespace ChainExec.Benchmarks;

/// <summary>
/// One request line of an offline command to its answer line. The baseline parses the same line and writes it back, which every tool of
/// that form does at least: the ratio is what the work itself costs beside the JSON, and holds still where lines a second do not.
/// </summary>
public abstract class JsonLineRow(string name) : SpeedRow, IDisposable
{
    private readonly Answers _answers = new(RequestLimits.Values);
    private readonly ArrayBufferWriter<byte> _echo = new();
    private byte[] _line = [];

    public override string Name => $"JSON line {name}";

    public override string BaselineName => "JSON parsed and written";

    // The lower bound is the issue's: 20,000 small requests a second on one core.
    public override SpeedLimit Limit { get; } = new(TimesSlowerMax: 5, PerSecondMin: 20_000);

    protected abstract string Request { get; }

    protected abstract string Answer { get; }

    private protected abstract OfflineTool Tool { get; }

    public override void Prepare()
    {
        _line = Encoding.UTF8.GetBytes(Request);
        _answers.Clear();
        _answers.Answer(Tool, _line);
        if (Encoding.UTF8.GetString(_answers.Lines) != Answer + "\n")
            throw new InvalidOperationException($"{Name}: another answer was expected.");
    }

    public override void Measure(int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            _answers.Clear();
            _answers.Answer(Tool, _line);
            Keep(_answers.Lines.Length);
        }
    }

    public override void Baseline(int operations)
    {
        using var writer = new Utf8JsonWriter(_echo);
        for (int i = 0; i < operations; i++)
        {
            _echo.ResetWrittenCount();
            writer.Reset();
            using JsonDocument document = JsonDocument.Parse(_line);
            document.WriteTo(writer);
            writer.Flush();
            Keep(_echo.WrittenCount);
        }
    }

    public void Dispose()
    {
        _answers.Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class AbiEncodeLineRow() : JsonLineRow("abi encode")
{
    protected override string Request =>
        """{"types":["address","uint256"],"values":["0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266","1000000"]}""";

    protected override string Answer =>
        """{"data":"0x000000000000000000000000f39fd6e51aad88f6f4ce6ab8827279cfffb92266"""
        + "00000000000000000000000000000000000000000000000000000000000f4240\"}";

    private protected override OfflineTool Tool => AbiTools.Encode;
}

public sealed class AbiDecodeLineRow() : JsonLineRow("abi decode")
{
    protected override string Request =>
        """{"types":["address","uint256"],"data":"0x000000000000000000000000f39fd6e51aad88f6f4ce6ab8827279cfffb92266"""
        + "00000000000000000000000000000000000000000000000000000000000f4240\"}";

    protected override string Answer => """{"values":["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","1000000"]}""";

    private protected override OfflineTool Tool => AbiTools.Decode;
}
