using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using ChainExec.Ledger;

namespace ChainExec.Flows.Definitions;

/// <summary>
/// Writes an expression in one canonical form and notes what in it is no pure function of event and context: a captured variable, a call
/// that is not on the list, a static value that may change.
/// </summary>
internal sealed class ExpressionText : ExpressionVisitor
{
    private static readonly HashSet<Type> PureTypes = [typeof(Book), typeof(TokenAmount), typeof(SignedAmount)];
    private readonly StringBuilder _text = new();
    private readonly List<string> _opaque = [];

    public ExpressionText(LambdaExpression lambda)
    {
        // The parameters are named by what they are, so that renaming one in the source changes no fingerprint.
        Names = new() { [lambda.Parameters[0]] = "event", [lambda.Parameters[1]] = "context" };
        Visit(lambda.Body);
    }

    public IReadOnlyList<string> Opaque => _opaque;

    private Dictionary<ParameterExpression, string> Names { get; }

    public override string ToString() => _text.ToString();

    protected override Expression VisitParameter(ParameterExpression node)
    {
        _text.Append(Names.GetValueOrDefault(node, "?"));
        return node;
    }

    protected override Expression VisitConstant(ConstantExpression node)
    {
        if (node.Value is not null && node.Type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))
            _opaque.Add("it captures a variable");
        _text.Append(node.Value switch
        {
            null => "null",
            string text => $"\"{text}\"",
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            bool truth => truth ? "true" : "false",
            object other => Other(other),
        });
        return node;
    }

    protected override Expression VisitMember(MemberExpression node)
    {
        if (node.Expression is null)
        {
            if (!IsFixed(node.Member))
                _opaque.Add($"{node.Member.DeclaringType?.Name}.{node.Member.Name} may change");
            _text.Append(node.Member.DeclaringType?.Name);
        }
        else
        {
            Visit(node.Expression);
        }

        _text.Append('.').Append(node.Member.Name);
        return node;
    }

    protected override Expression VisitBinary(BinaryExpression node)
    {
        RefuseMethod(node.Method);
        _text.Append('(');
        Visit(node.Left);
        _text.Append(' ').Append(Sign(node.NodeType)).Append(' ');
        Visit(node.Right);
        _text.Append(')');
        return node;
    }

    protected override Expression VisitUnary(UnaryExpression node)
    {
        RefuseMethod(node.Method);
        _text.Append(node.NodeType == ExpressionType.Not ? "!" : node.NodeType == ExpressionType.Convert ? "" : $"{node.NodeType} ");
        Visit(node.Operand);
        return node;
    }

    protected override Expression VisitConditional(ConditionalExpression node)
    {
        _text.Append('(');
        Visit(node.Test);
        _text.Append(" ? ");
        Visit(node.IfTrue);
        _text.Append(" : ");
        Visit(node.IfFalse);
        _text.Append(')');
        return node;
    }

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        RefuseMethod(node.Method);
        if (node.Object is null)
            _text.Append(node.Method.DeclaringType?.Name);
        else
            Visit(node.Object);
        _text.Append('.').Append(node.Method.Name);
        Arguments(node.Arguments);
        return node;
    }

    protected override Expression VisitNew(NewExpression node)
    {
        _text.Append("new ").Append(node.Type.Name);
        Arguments(node.Arguments);
        return node;
    }

    protected override Expression VisitNewArray(NewArrayExpression node)
    {
        Arguments(node.Expressions);
        return node;
    }

    protected override Expression VisitMemberInit(MemberInitExpression node)
    {
        Visit(node.NewExpression);
        foreach (MemberBinding binding in node.Bindings)
        {
            _text.Append(' ').Append(binding.Member.Name).Append(" = ");
            if (binding is MemberAssignment assignment)
                Visit(assignment.Expression);
            else
                _opaque.Add($"{binding.BindingType} of {binding.Member.Name}");
        }

        return node;
    }

    public override Expression? Visit(Expression? node)
    {
        if (node is null or ParameterExpression or ConstantExpression or MemberExpression or BinaryExpression or UnaryExpression
            or ConditionalExpression or MethodCallExpression or NewExpression or NewArrayExpression or MemberInitExpression)
            return base.Visit(node);
        _opaque.Add($"{node.NodeType} is not understood");
        _text.Append(node.NodeType);
        return node;
    }

    private void Arguments(IEnumerable<Expression> arguments)
    {
        string separator = "(";
        foreach (Expression argument in arguments)
        {
            _text.Append(separator);
            Visit(argument);
            separator = ", ";
        }

        _text.Append(separator == "(" ? "()" : ")");
    }

    private void RefuseMethod(MethodInfo? method)
    {
        if (method?.DeclaringType is not { } type)
            return;
        bool pure = PureTypes.Contains(type) || type.IsDefined(typeof(FlowFunctionsAttribute), inherit: false)
            || (method.Name is "op_Equality" or "op_Inequality") || (type == typeof(string) && method.Name == nameof(string.Concat))
            || (type == typeof(Guid) && method.Name == nameof(Guid.ToString));
        if (!pure)
            _opaque.Add($"it calls {type.Name}.{method.Name}");
    }

    private static bool IsFixed(MemberInfo member) =>
        member is FieldInfo { IsLiteral: true } or FieldInfo { IsInitOnly: true } || member.DeclaringType == typeof(TokenAmount);

    private string Other(object value)
    {
        if (!value.GetType().IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))
            _opaque.Add($"a constant of {value.GetType().Name}");
        return value.GetType().Name;
    }

    private static string Sign(ExpressionType type) => type switch
    {
        ExpressionType.Equal => "==",
        ExpressionType.NotEqual => "!=",
        ExpressionType.LessThan => "<",
        ExpressionType.LessThanOrEqual => "<=",
        ExpressionType.GreaterThan => ">",
        ExpressionType.GreaterThanOrEqual => ">=",
        ExpressionType.AndAlso => "&&",
        ExpressionType.OrElse => "||",
        ExpressionType.Add => "+",
        ExpressionType.Subtract => "-",
        _ => type.ToString(),
    };
}
