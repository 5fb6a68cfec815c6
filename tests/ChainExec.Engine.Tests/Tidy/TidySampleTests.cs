using Xunit;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>Each rule is shown a text that breaks it and one that only looks as if: a rule that cannot fail guards nothing.</summary>
public sealed class TidySampleTests
{
    private const string Somewhere = "src/ChainExec.Engine/Ledger/Sample.cs";

    [Fact]
    public void Comments_strings_and_characters_are_not_code()
    {
        CSharpText text = CSharpText.Read(""""
            a(); // b "c"
            /* d
            */ e('"', '\'', "f\"g", @"h""i", $"j{k}l{{m}}", """n"o{p}""", $$"""q{r}{{s("t")}}u""");
            """");

        Assert.Equal(["a();", "e(,,,,k,,s());"], text.Code.Split('\n').Select(WithoutSpace).Where(line => line.Length > 0));
        Assert.Equal(
            ["f\\\"g", "h\"\"i", "jl{{m}}", "n\"o{p}", "q{r}u", "t"], text.Literals.Select(literal => WithoutSpace(literal.Text)));
        Assert.All(text.Literals, literal => Assert.Equal(3, literal.Line));
    }

    [Theory]
    [InlineData("using ChainExec.Admission;", true)]
    [InlineData("using static ChainExec.Execution.IntentState;", true)]
    [InlineData("var a = Custody.AccountStore.All;", true)]
    [InlineData("using ChainExec.Facts.Contracts;", false)]
    [InlineData("// using ChainExec.Admission;", false)]
    [InlineData("var a = view.Custody.Count;", false)]
    [InlineData("var a = \"ChainExec.Admission\";", false)]
    public void Module_map_sees_a_forbidden_use(string code, bool offends) =>
        Assert.Equal(offends, ModuleMap.Check(File(code)).Any());

    [Fact]
    public void Module_map_sees_a_room_that_was_not_drawn() =>
        Assert.Single(ModuleMap.Check(new SourceFile("src/ChainExec.Engine/Plumbing/Pipe.cs", "")));

    [Fact]
    public void Engine_root_uses_no_module() =>
        Assert.Single(ModuleMap.Check(new SourceFile("src/ChainExec.Engine/TokenAmount.cs", "using ChainExec.Storage;")));

    [Theory]
    [InlineData("\"select * from execution.intent\"", true)]
    [InlineData("$\"join execution.intent i on {x}\"", true)]
    [InlineData("$\"\"\"\n  update  execution.intent\n  set a = {Value}\n\"\"\"", true)]
    [InlineData("\"select facts.secret_function()\"", true)]
    [InlineData("\"select * from execution.v_intent\"", false)]
    [InlineData("\"select * from ledger.entry where at < storage.clock()\"", false)]
    [InlineData("\"execution.intent_confirmed\"", false)]
    [InlineData("// select * from execution.intent", false)]
    public void Sql_ownership_sees_another_modules_table(string code, bool offends) =>
        Assert.Equal(offends, Ownership().CheckCode(File(code)).Any());

    [Fact]
    public void Sql_ownership_names_the_line_inside_a_raw_string()
    {
        Offence offence = Assert.Single(Ownership().CheckCode(File("// one\nx = \"\"\"\n  select 1\n  from execution.intent\n  \"\"\";")));

        Assert.Equal(4, offence.Line);
    }

    [Theory]
    [InlineData("Admission", "alter table execution.intent add foreign key (hold_id) references ledger.hold (id);", false)]
    [InlineData("Admission", "create table admission.request (\n  owner_id uuid not null references governance.owner,\n  x int);", false)]
    [InlineData("Admission", "update execution.intent set hold_id = null;", true)]
    [InlineData("Ledger", "alter table execution.intent add foreign key (hold_id) references ledger.hold (id);", true)]
    [InlineData("Ledger", "-- unlike execution.intent\ncreate view ledger.v_x as select * from execution.v_intent;", false)]
    public void Only_admission_ties_rooms_together_and_only_by_foreign_keys(string module, string sql, bool offends) =>
        Assert.Equal(
            offends, Ownership().CheckMigration(new SourceFile($"src/ChainExec.Engine/{module}/Migrations/0099_x.sql", sql)).Any());

    [Theory]
    [InlineData("try { } catch (Exception) { Log(); }", true)]
    [InlineData("try { } catch (System.Exception e) { Log(e); }", true)]
    [InlineData("try { } catch { Log(); }", true)]
    [InlineData("try { } catch (Exception e) when (e is not OperationCanceledException) { Log(e); }", true)]
    [InlineData("try { } catch (Exception e) when (IsOurs(e)) { Log(e); }", true)]
    [InlineData("try { } catch (Exception e) when (e is IOException || true) { Log(e); }", true)]
    [InlineData("try { } catch (Exception e) { throw new FormatException(\"no\", e); }", true)]
    [InlineData("try { } catch (Exception e)\n  when (e is IOException or FormatException) { Log(e); }", false)]
    [InlineData("try { } catch (Exception e) when (e is IOException or FormatException && again) { Log(e); }", false)]
    [InlineData("try { } catch (Exception e) when (e is IOException && again || always) { Log(e); }", true)]
    [InlineData("try { } catch (Exception e) when (UnitOfWork.IsDatabaseFault(e) || e is IOException) { Log(e); }", false)]
    [InlineData("try { } catch (Exception e) when (!UnitOfWork.IsDatabaseFault(e)) { Log(e); }", true)]
    [InlineData("try { } catch { Dispose(); throw; }", false)]
    [InlineData("try { } catch (IOException e) { Log(e); }", false)]
    [InlineData("// catch (Exception e) is banned", false)]
    public void Catching_everything_is_seen(string code, bool offends) =>
        Assert.Equal(offends, CatchRule.CheckCatchAll(File(code)).Any());

    [Fact]
    public void Boundary_may_catch_everything_only_as_often_as_it_is_allowed()
    {
        const string once = "try { } catch (Exception e) { Log(e); }\n";

        Assert.Empty(CatchRule.CheckCatchAll(new SourceFile("src/ChainExec.Engine/Storage/WorkerLoop.cs", once)));
        Assert.Equal(2, CatchRule.CheckCatchAll(new SourceFile("src/ChainExec.Engine/Storage/WorkerLoop.cs", once + once)).Count());
    }

    [Theory]
    [InlineData("try { } catch (IOException) { }", true)]
    [InlineData("try { } catch (IOException) { /* It is gone. */ }", true)]
    [InlineData("try { } catch (IOException e) when (Is(e)) { }", true)]
    [InlineData("try { } catch (IOException) { return null; }", false)]
    public void Swallowed_exception_is_seen(string code, bool offends) => Assert.Equal(offends, CatchRule.CheckEmpty(File(code)).Any());

    [Fact]
    public void Limits_of_text_are_seen()
    {
        Assert.Empty(TextRules.LongLines(File(new string('x', 140))));
        Assert.Single(TextRules.LongLines(File(new string('x', 141))));
        Assert.Empty(TextRules.LongFile(File(string.Concat(Enumerable.Repeat("x\n", 400)))));
        Assert.Single(TextRules.LongFile(File(string.Concat(Enumerable.Repeat("x\n", 401)))));
        Assert.Single(TextRules.UnfinishedWork(File("// TO" + "DO: later")));
        Assert.Single(TextRules.UnfinishedWork(File("throw new NotImplemented" + "Exception();")));
        Assert.Empty(TextRules.UnfinishedWork(File("int todoCount;")));
        Assert.Single(TextRules.Regions(File("  #region x\n")));
        Assert.Single(TextRules.Partials(File("internal sealed partial class Sample;")));
        Assert.Empty(TextRules.Partials(File("internal sealed partial class Sample { [LoggerMessage(1)] void Log(); }")));
        Assert.Single(TextRules.OptionalTokens(File("Task A(CancellationToken cancellationToken = default);")));
    }

    [Theory]
    [InlineData("decimal amount = 1;", true)]
    [InlineData("IReadOnlyList<double> amounts;", true)]
    [InlineData("string text = \"a decimal string\"; // double entry", false)]
    public void Fractional_amount_is_seen(string code, bool offends) =>
        Assert.Equal(offends, TextRules.FractionalAmounts(File(code)).Any());

    [Theory]
    [InlineData("x = \"select now()\";", true)]
    [InlineData("x = \"where at < current_timestamp\";", true)]
    [InlineData("x = clock.GetUtcNow(); // now()", false)]
    [InlineData("x = \"where at < storage.clock()\";", false)]
    public void Time_of_the_server_is_seen(string code, bool offends) => Assert.Equal(offends, TextRules.TimeOfTheServer(File(code)).Any());

    [Theory]
    [InlineData("namespace ChainExec.Ledger;", false)]
    [InlineData("namespace ChainExec.Books;", true)]
    [InlineData("namespace ChainExec.Ledger { }", true)]
    public void Namespace_beside_its_folder_is_seen(string code, bool offends) =>
        Assert.Equal(offends, TextRules.NamespaceIsFolder(File(code)).Any());

    [Theory]
    [InlineData("internal sealed record Sample(int A);", false)]
    [InlineData("internal interface ISample;", false)]
    [InlineData("internal sealed record Example(int A);", true)]
    public void File_without_its_type_is_seen(string code, bool offends) =>
        Assert.Equal(offends, TextRules.FileNamesItsType(File(code)).Any());

    [Theory]
    [InlineData("https" + "://packages.example.net/feed", true)]
    [InlineData("http://127.0.0.1:8545", false)]
    [InlineData("https://eips.ethereum.org/EIPS/eip-1559", false)]
    public void Foreign_host_is_seen(string text, bool offends) => Assert.Equal(offends, TextRules.ForeignHosts(File(text)).Any());

    [Theory]
    [InlineData("cat /wo" + "rk/main/x", true)]
    [InlineData("/ro" + "ot/.nuget", true)]
    [InlineData("$PWD/wo" + "rk/x", false)]
    public void Place_of_one_machine_is_seen(string text, bool offends) => Assert.Equal(offends, TextRules.MachinePaths(File(text)).Any());

    [Fact]
    public void Dead_link_is_seen()
    {
        SourceFile document = new("docs/sample.md", "[a](../ChainExec.sln) [b](#here) [c](https://github.com/x) [d](nowhere.md#x)");

        Assert.Contains("nowhere.md", Assert.Single(DocumentLinks.Check(document)).What, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_about_a_missing_page_is_seen() =>
        Assert.Single(DocumentLinks.CheckMessages(File("\"see docs/GLOSSARY.md\" \"see docs/runbooks/now" + "here.md\"")));

    [Fact]
    public void Proof_that_does_not_exist_is_seen()
    {
        SourceFile document = new("docs/sample.md", "`It_is_proven_here` `It_is_proven_nowhere` `not_a_test_name`");

        Offence offence = Assert.Single(DocumentLinks.CheckProofs(document, [File("public void It_is_proven_here() => A();")]));

        Assert.EndsWith(" It_is_proven_nowhere", offence.What, StringComparison.Ordinal);
    }

    private static SourceFile File(string text) => new(Somewhere, text);

    private static SqlOwnership Ownership() => new(
        [new SourceFile("src/ChainExec.Engine/Execution/Migrations/0007_execution.sql", "create table execution.intent (id int);")],
        ModuleMap.MayUse.Keys);

    private static string WithoutSpace(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
}
