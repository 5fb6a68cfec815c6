using System.Globalization;
using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Policy;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Signing;

/// <summary>
/// Random sequences of payments, batches, fills and resolutions over few families and nonces, against a second account of the same rules
/// that is written another way. The rules run on a journal in memory, which is written and read anew now and then.
/// </summary>
public sealed class OneEffectTests
{
    private const int Steps = 120;
    private const int Nonces = 4;

    private static readonly string[] s_payments = ["F0", "F1", "F2", "F3"];
    private static readonly string[] s_batches = ["B0", "B1", "F0"];

    // Each family has one amount, so that its effect is one; the one above the limit is asked for now and then.
    private static readonly UInt256 s_tooMuch = 1_001;

    private static readonly SigningPolicy s_policy = Policies.Read(Policies.Json(perDay: "1000000000", extra: Policies.Batches));

    [Fact]
    public void No_sequence_leads_to_two_effects_of_one_family_that_may_both_be_on_the_chain()
    {
        string? asked = Environment.GetEnvironmentVariable("CHAINEXEC_TEST_SEED");
        int[] seeds = asked is null ? [.. Enumerable.Range(1, 300)] : [int.Parse(asked, CultureInfo.InvariantCulture)];
        var signed = new Dictionary<string, int> { ["payment"] = 0, ["batch"] = 0, ["refused"] = 0 };
        foreach (int seed in seeds)
            new Run(seed, signed).Go();
        TestContext.Current.SendDiagnosticMessage("{0}", string.Join(", ", signed));
        Assert.All(signed, pair => Assert.True(pair.Value > seeds.Length, $"{pair.Key}: {pair.Value}, which shows nothing"));
    }

    private sealed class Run(int seed, Dictionary<string, int> counts)
    {
        private readonly Random _random = new(seed);
        private readonly List<string> _story = [];
        private readonly List<JournalRecord> _journal = [];
        private readonly List<Effect> _effects = [];
        private readonly HashSet<ulong> _filled = [];
        private readonly HashSet<(string Family, ulong Nonce)> _refused = [];
        private JournalIndex _index = new();

        internal void Go()
        {
            for (int step = 0; step < Steps; step++)
            {
                switch (_random.Next(10))
                {
                    case < 4: Payment(); break;
                    case < 7: Batch(); break;
                    case < 9: Resolve(); break;
                    default: FillOrRestart(); break;
                }

                foreach (string family in s_payments.Concat(s_batches))
                {
                    int nonces = _effects.Where(effect => effect.Families.Contains(family) && effect.Outcome is not false)
                        .Select(effect => effect.Nonce).Distinct().Count();
                    Check(nonces <= 1, $"{family} may be on the chain twice");
                }
            }
        }

        private void Payment()
        {
            string family = s_payments[_random.Next(s_payments.Length)];
            Ask payment = At(family);
            Sign(payment, [], payment.Amount == s_tooMuch);
        }

        private void Batch()
        {
            string family = s_batches[_random.Next(s_batches.Length)];
            string[] members = [.. _random.GetItems(s_payments, 3).Distinct().Where(member => member != family).Take(_random.Next(1, 4))];
            if (members.Length == 0)
                return;
            Ask[] payments = [.. members.Select(At)];
            Sign(Ask.Batch(family, payments), members, payments.Any(payment => payment.Amount == s_tooMuch));
        }

        private Ask At(string family) => new()
        {
            Family = family,
            Amount = _random.Next(12) == 0 ? s_tooMuch : (UInt256)(ulong)(100 + family[^1]),
        };

        private void Sign(Ask ask, string[] members, bool isTooMuch)
        {
            ask = ask with { Nonce = (ulong)_random.Next(Nonces), FeeCap = (UInt256)(ulong)_random.Next(1_000, 1_003) };
            SignDecision decision = SigningRules.Decide(ask.Command, _index, s_policy, new DateOnly(2026, 3, 1));
            string what = $"{ask.Family}({string.Join(' ', members)}) on {ask.Nonce} for {ask.FeeCap}";
            bool isSigned = decision is SignDecision.Sign or SignDecision.Replay;
            _story.Add($"{what}: {(decision as SignDecision.Refuse)?.Code ?? decision.GetType().Name}");

            (bool may, bool isForEver) = Expect(ask, members, isTooMuch);
            Check(may == isSigned, $"expected {(may ? "a signature" : "a refusal")}");
            Check(isForEver == (decision is SignDecision.Refuse { RecordAs: not null }), "a refusal is for ever, or is not");
            counts[!isSigned ? "refused" : members.Length > 0 ? "batch" : "payment"]++;
            if (decision is SignDecision.Sign)
            {
                Record(SlotRecord.Of(ask.Command, default, new SignedBytes(new byte[] { 1 }, ask.Command.Digest), null));
                _effects.Add(new Effect(ask, [ask.Family, .. members]));
            }
            else if (decision is SignDecision.Refuse { RecordAs: { } rule })
            {
                Record(SlotRecord.Of(ask.Command, default, null, rule));
                _refused.Add((ask.Family, ask.Nonce));
            }
        }

        /// <summary>Whether it may be signed, and when not whether that is for ever.</summary>
        private (bool May, bool IsForEver) Expect(Ask ask, string[] members, bool isTooMuch)
        {
            Effect[] here = [.. _effects.Where(effect => effect.Nonce == ask.Nonce)];
            if (here.Any(effect => effect.IsOf(ask) && effect.Ask.FeeCap == ask.FeeCap))
                return (true, false);
            if (_refused.Contains((ask.Family, ask.Nonce)))
                return (false, false);
            if (here.Length > 0 ? here.Any(effect => !effect.IsOf(ask) || effect.Outcome is not null) : _filled.Contains(ask.Nonce))
                return (false, false);
            string[] all = [ask.Family, .. members];
            if (_effects.Any(effect => effect.Nonce != ask.Nonce && effect.Outcome is not false && effect.Families.Intersect(all).Any()))
                return (false, false);
            if (members.Any(member => _refused.Contains((member, ask.Nonce))))
                return (false, true);
            return (!isTooMuch, isTooMuch);
        }

        private void Resolve()
        {
            Effect[] open = [.. _effects.Where(effect => effect.Outcome is null)];
            if (open.Length == 0)
                return;
            Effect effect = open[_random.Next(open.Length)];
            bool isPaid = _random.Next(3) == 0;
            SlotOutcome outcome = isPaid ? SlotOutcome.Succeeded : SlotOutcome.Reverted;
            Hash32 hash = effect.Ask.Command.Digest;

            // A member is asked about first: that must change nothing.
            foreach (string member in effect.Families.Skip(1))
                Check(Judge(effect, member, outcome, hash) is ResolveOutcome.Refused, $"{member} was resolved by its own name");
            string family = effect.Families[0];
            Check(Judge(effect, family, outcome, hash) is null, $"{family} was not resolved");
            Record(Resolution(effect, family, outcome, hash));
            foreach (Effect rung in _effects.Where(other => other.Nonce == effect.Nonce))
                rung.Outcome = isPaid;
            _story.Add($"{family} on {effect.Nonce}: {outcome}");
        }

        private ResolveOutcome? Judge(Effect effect, string family, SlotOutcome outcome, Hash32 hash) =>
            ResolutionRules.Judge(Resolution(effect, family, outcome, hash), _index);

        private static ResolvedRecord Resolution(Effect effect, string family, SlotOutcome outcome, Hash32 hash) =>
            new(default, effect.Ask.Command.Slot, family, outcome, hash, 7, hash);

        private void FillOrRestart()
        {
            if (_random.Next(2) == 0)
            {
                Ask fill = new Ask { Nonce = (ulong)_random.Next(Nonces) }.AsFill("fill");
                Check(SigningRules.Decide(fill.Command, _index, s_policy, default) is not SignDecision.Refuse, "no fill");
                Record(SlotRecord.Of(fill.Command, default, new SignedBytes(new byte[] { 1 }, fill.Command.Digest), null));
                _filled.Add(fill.Nonce);
                return;
            }

            _index = new JournalIndex();
            for (int i = 0; i < _journal.Count; i++)
                _index.Apply(JournalCodec.Read(i, JournalCodec.Write(i, _journal[i])));
        }

        private void Record(JournalRecord record)
        {
            _journal.Add(record);
            _index.Apply(record);
        }

        private void Check(bool holds, string what) => Assert.True(
            holds, $"CHAINEXEC_TEST_SEED={seed}: {what}. {string.Join("; ", _story.TakeLast(25))}");
    }

    /// <summary>A signature, and what is known of it: null, on the chain, or never.</summary>
    private sealed record Effect(Ask Ask, string[] Families)
    {
        public ulong Nonce => Ask.Nonce;

        public bool? Outcome { get; set; }

        public bool IsOf(Ask ask) => ask.Family == Ask.Family && ask.Members.SequenceEqual(Ask.Members) && ask.Data.SequenceEqual(Ask.Data);
    }
}
