using System.Linq.Expressions;

namespace ChainExec.Flows.Definitions;

/// <summary>A function of event and context: its tree for the analysis, its text for people and the fingerprint, and itself.</summary>
internal sealed class FlowExpression
{
    private readonly Func<object, object, object?> _function;

    private FlowExpression(LambdaExpression tree, string text)
    {
        (Tree, Text) = (tree, text);
        ParameterExpression happened = Expression.Parameter(typeof(object));
        ParameterExpression context = Expression.Parameter(typeof(object));
        Expression call = Expression.Invoke(
            tree, Expression.Convert(happened, tree.Parameters[0].Type), Expression.Convert(context, tree.Parameters[1].Type));
        _function = Expression.Lambda<Func<object, object, object?>>(Expression.Convert(call, typeof(object)), happened, context).Compile();
    }

    public LambdaExpression Tree { get; }

    public string Text { get; }

    /// <summary>Two parameters: event and context.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="opaque">What in it cannot be shown to be a pure function; empty when it is one.</param>
    public static FlowExpression Of(LambdaExpression tree, out IReadOnlyList<string> opaque)
    {
        var text = new ExpressionText(tree);
        opaque = text.Opaque;
        return new FlowExpression(tree, text.ToString());
    }

    public T Evaluate<T>(object happened, object context) => (T)_function(happened, context)!;

    public override string ToString() => Text;
}
