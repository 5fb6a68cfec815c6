using System.Linq.Expressions;

namespace ChainExec.Flows.Definitions;

/// <summary>Whether two conditions can be seen to exclude one another: some comparison of one contradicts one of the other.</summary>
internal static class Disjoint
{
    // Which of less, equal and greater a comparison lets through.
    private const int Less = 1;
    private const int Equal = 2;
    private const int Greater = 4;

    public static bool Are(FlowExpression? one, FlowExpression? two)
    {
        if (one is null || two is null)
            return false;
        List<Comparison> left = [.. Comparisons(one.Tree)];
        List<Comparison> right = [.. Comparisons(two.Tree)];
        return left.Any(first => right.Any(second => Contradict(first, second)));
    }

    private static bool Contradict(Comparison one, Comparison two) => one.Left == two.Left
        && (one.Right == two.Right
            ? (one.Passes & two.Passes) == 0
            : one is { Passes: Equal, RightIsConstant: true } && two is { Passes: Equal, RightIsConstant: true });

    private static IEnumerable<Comparison> Comparisons(LambdaExpression lambda) =>
        Conjuncts(lambda.Body).Select(part => Read(part, lambda)).OfType<Comparison>();

    private static IEnumerable<Expression> Conjuncts(Expression expression) =>
        expression is BinaryExpression { NodeType: ExpressionType.AndAlso } and
            ? Conjuncts(and.Left).Concat(Conjuncts(and.Right))
            : [expression];

    private static Comparison? Read(Expression part, LambdaExpression of) => part switch
    {
        UnaryExpression { NodeType: ExpressionType.Not } not => new Comparison(Text(not.Operand, of), "true", Less, RightIsConstant: true),
        MemberExpression { Type: var type } member when type == typeof(bool) =>
            new Comparison(Text(member, of), "true", Equal, RightIsConstant: true),
        BinaryExpression binary when Passes(binary.NodeType) is { } passes =>
            new Comparison(Text(binary.Left, of), Text(binary.Right, of), passes, IsConstant(binary.Right)),
        _ => null,
    };

    private static int? Passes(ExpressionType type) => type switch
    {
        ExpressionType.Equal => Equal,
        ExpressionType.NotEqual => Less | Greater,
        ExpressionType.LessThan => Less,
        ExpressionType.LessThanOrEqual => Less | Equal,
        ExpressionType.GreaterThan => Greater,
        ExpressionType.GreaterThanOrEqual => Greater | Equal,
        _ => null,
    };

    private static bool IsConstant(Expression expression) => expression is ConstantExpression
        || (expression is UnaryExpression { NodeType: ExpressionType.Convert } convert && IsConstant(convert.Operand));

    private static string Text(Expression expression, LambdaExpression of) =>
        new ExpressionText(Expression.Lambda(expression, of.Parameters)).ToString();

    private sealed record Comparison(string Left, string Right, int Passes, bool RightIsConstant);
}
