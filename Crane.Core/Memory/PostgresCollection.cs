using System.Runtime.CompilerServices;
using System.Linq.Expressions;
using Microsoft.Extensions.VectorData;
using Npgsql;
using Pgvector;

namespace Crane.Core.Memory;

/// <summary>A table of PostgreSQL with the extension pgvector as a collection, compared by cosine distance.</summary>
/// <remarks>The data source must know the extension's type: <c>new NpgsqlDataSourceBuilder(connectionString)</c>, <c>UseVector()</c>, <c>Build()</c>.</remarks>
public sealed class PostgresCollection : VectorStoreCollection<string, VectorRecord>
{
    private const string Columns = "id, ord, modality, state, time", AllColumns = Columns + ", vector";
    private const int BatchRows = 500;
    private readonly NpgsqlDataSource source;
    private readonly int dimension;
    private readonly string table;

    /// <summary>A collection; the table is made by <see cref="EnsureCollectionExistsAsync"/>.</summary>
    /// <param name="source">Stays the caller's.</param>
    /// <param name="name">The table's name; any characters.</param>
    /// <param name="dimension">Length of its vectors, 1 to 16,000 (pgvector's limit).</param>
    public PostgresCollection(NpgsqlDataSource source, string name, int dimension)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (dimension is < 1 or > 16_000) throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "pgvector holds vectors of 1 to 16,000 numbers.");
        (this.source, Name, this.dimension, table) = (source, name, dimension, $"\"{name.Replace("\"", "\"\"")}\"");
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override async Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default)
    {
        await using var command = source.CreateCommand("select exists (select from pg_tables where schemaname = current_schema() and tablename = $1)");
        command.Parameters.AddWithValue(Name);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <inheritdoc/>
    public override async Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var extension = new NpgsqlCommand("create extension if not exists vector", connection);
        await extension.ExecuteNonQueryAsync(cancellationToken);
        await connection.ReloadTypesAsync(cancellationToken);
        await using var create = new NpgsqlCommand($"create table if not exists {table} (id text primary key, ord bigint not null, modality text not null, "
            + $"state text not null, time bigint not null, vector vector({dimension}) not null)", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default)
    {
        await using var command = source.CreateCommand($"drop table if exists {table}");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<VectorRecord?> GetAsync(string key, RecordRetrievalOptions? options = null, CancellationToken cancellationToken = default)
    {
        await foreach (var record in GetAsync([key], options, cancellationToken)) return record;
        return null;
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<VectorRecord> GetAsync(IEnumerable<string> keys, RecordRetrievalOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var vectors = options?.IncludeVectors ?? false;
        await using var command = source.CreateCommand($"select {(vectors ? AllColumns : Columns)} from {table} where id = any($1)");
        command.Parameters.AddWithValue(keys.ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) yield return Read(reader, vectors);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">An order by a property was asked for: rows come as they were added.</exception>
    public override async IAsyncEnumerable<VectorRecord> GetAsync(Expression<Func<VectorRecord, bool>> filter, int top,
        FilteredRecordRetrievalOptions<VectorRecord>? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (options?.OrderBy is not null) throw new NotSupportedException("Rows come in the order in which they were added; another order is not supported.");
        var (vectors, where) = (options?.IncludeVectors ?? false, new SqlCondition(filter));
        await using var command = source.CreateCommand();
        command.CommandText = $"select {(vectors ? AllColumns : Columns)} from {table} {where.Write(command.Parameters)} order by ord limit {top} offset {options?.Skip ?? 0}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) yield return Read(reader, vectors);
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        await using var command = source.CreateCommand($"delete from {table} where id = $1");
        command.Parameters.AddWithValue(key);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override Task UpsertAsync(VectorRecord record, CancellationToken cancellationToken = default) => UpsertAsync([record], cancellationToken);

    /// <summary>Writes all rows in one transaction.</summary>
    /// <param name="records">New rows, or new contents of rows that are there.</param>
    /// <param name="cancellationToken">Takes the whole transaction back.</param>
    public override async Task UpsertAsync(IEnumerable<VectorRecord> records, CancellationToken cancellationToken = default)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var part in records.Chunk(BatchRows))
        {
            await using var batch = new NpgsqlBatch(connection, transaction);
            foreach (var r in part)
                batch.BatchCommands.Add(new NpgsqlBatchCommand($"insert into {table} ({AllColumns}) values ($1, $2, $3, $4, $5, $6) on conflict (id) do update set "
                    + "ord = excluded.ord, modality = excluded.modality, state = excluded.state, time = excluded.time, vector = excluded.vector")
                {
                    Parameters = { new() { Value = r.Id }, new() { Value = r.Order }, new() { Value = r.Modality }, new() { Value = r.State },
                        new() { Value = r.Time }, new() { Value = new Vector(r.Vector) } },
                });
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>The score is pgvector's cosine distance, 1 − cosine: smaller is nearer.</remarks>
    /// <exception cref="NotSupportedException">The value is no vector.</exception>
    public override async IAsyncEnumerable<VectorSearchResult<VectorRecord>> SearchAsync<TInput>(TInput searchValue, int top,
        VectorSearchOptions<VectorRecord>? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var query = searchValue switch
        {
            ReadOnlyMemory<float> memory => memory,
            float[] array => array,
            _ => throw new NotSupportedException($"Search with ReadOnlyMemory<float> or float[], found {typeof(TInput).Name}; encode it first."),
        };
        var (vectors, where) = (options?.IncludeVectors ?? false, new SqlCondition(options?.Filter));
        await using var command = source.CreateCommand();
        command.Parameters.AddWithValue(new Vector(query));
        command.CommandText = $"select {(vectors ? AllColumns : Columns)}, vector <=> $1 as distance from {table} {where.Write(command.Parameters)} order by distance, ord limit {top} offset {options?.Skip ?? 0}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            if (reader.GetDouble(reader.FieldCount - 1) is var distance && !(distance > options?.ScoreThreshold))
                yield return new(Read(reader, vectors), distance);
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(VectorStoreCollectionMetadata)
            ? new VectorStoreCollectionMetadata { VectorStoreSystemName = "postgresql", CollectionName = Name }
        : serviceType == typeof(NpgsqlDataSource) ? source
        : serviceType.IsInstanceOfType(this) ? this : null;

    private static VectorRecord Read(NpgsqlDataReader reader, bool vectors) => new()
    {
        Id = reader.GetString(0), Order = reader.GetInt64(1), Modality = reader.GetString(2), State = reader.GetString(3), Time = reader.GetInt64(4),
        Vector = vectors ? reader.GetFieldValue<Vector>(5).Memory : default,
    };
}
