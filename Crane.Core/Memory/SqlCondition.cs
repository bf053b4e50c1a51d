using System.Linq.Expressions;
using Npgsql;

namespace Crane.Core.Memory;

/// <summary>Conditions on <see cref="VectorRecord"/> as SQL: comparisons of a property with a value, joined by &amp;&amp; and ||. Values become parameters,
/// never text.</summary>
internal sealed class SqlCondition(Expression<Func<VectorRecord, bool>>? filter)
{
    private static readonly Dictionary<string, string> Columns = new()
    {
        [nameof(VectorRecord.Id)] = "id", [nameof(VectorRecord.Order)] = "ord", [nameof(VectorRecord.Modality)] = "modality",
        [nameof(VectorRecord.State)] = "state", [nameof(VectorRecord.Time)] = "time",
    };

    private static readonly Dictionary<ExpressionType, string> Operators = new()
    {
        [ExpressionType.AndAlso] = "and", [ExpressionType.OrElse] = "or", [ExpressionType.Equal] = "=", [ExpressionType.NotEqual] = "<>",
        [ExpressionType.LessThan] = "<",
        [ExpressionType.LessThanOrEqual] = "<=", [ExpressionType.GreaterThan] = ">", [ExpressionType.GreaterThanOrEqual] = ">=",
    };

    /// <summary><c>where …</c>, or nothing without a filter; adds its parameters behind those that are there.</summary>
    /// <exception cref="NotSupportedException">The filter asks for something else.</exception>
    public string Write(NpgsqlParameterCollection parameters) => filter is null ? "" : "where " + Write(filter.Body, parameters);

    private string Write(Expression expression, NpgsqlParameterCollection parameters)
    {
        if (expression is BinaryExpression binary && Operators.TryGetValue(binary.NodeType, out var sign))
            return $"({Write(binary.Left, parameters)} {sign} {Write(binary.Right, parameters)})";
        if (expression is MemberExpression { Expression: ParameterExpression, Member.Name: var name } && Columns.TryGetValue(name, out var column))
            return column;
        if (Mentions(expression)) throw new NotSupportedException($"The filter '{filter}' holds '{expression}'; only comparisons of Id, Order, Modality, State and Time with values, joined by && and ||, are supported.");
        parameters.AddWithValue(Expression.Lambda(expression).Compile().DynamicInvoke()!);
        return $"${parameters.Count}";
    }

    /// <summary>Whether an expression depends on the row; everything else is a value that can be computed now.</summary>
    private bool Mentions(Expression expression)
    {
        var search = new ParameterSearch(filter!.Parameters[0]);
        search.Visit(expression);
        return search.Found;
    }

    private sealed class ParameterSearch(ParameterExpression parameter) : ExpressionVisitor
    {
        public bool Found { get; private set; }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            Found |= node == parameter;
            return node;
        }
    }
}
