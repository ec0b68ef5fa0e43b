using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>The sessions and tokens that were issued. In memory, it lives as long as one connection to it is open: this one.</summary>
internal sealed class ServerDatabase : IDisposable
{
    private readonly SqliteConnection _connection;

    public ServerDatabase()
    {
        _connection = new SqliteConnection($"Data Source=authorization-{Guid.NewGuid():N};Mode=Memory;Cache=Shared");
        _connection.Open();
    }

    public void AddTo(IServiceCollection services)
    {
        services.AddDbContext<Tables>(options => options.UseSqlite(_connection.ConnectionString).UseOpenIddict());
        services.AddOpenIddict().AddCore(core => core.UseEntityFrameworkCore().UseDbContext<Tables>());
    }

    public static Task CreateTablesAsync(IServiceProvider services) =>
        services.GetRequiredService<Tables>().Database.EnsureCreatedAsync();

    /// <summary>In one transaction: no login happens between two parts of it.</summary>
    public static async Task AtOnceAsync(IServiceProvider services, Func<Task> work)
    {
        await using var transaction = await services.GetRequiredService<Tables>().Database.BeginTransactionAsync();
        await work();
        await transaction.CommitAsync();
    }

    public static Task ForgetSessionsAsync(IServiceProvider services) =>
        services.GetRequiredService<Tables>().Database.ExecuteSqlRawAsync("DELETE FROM OpenIddictTokens; DELETE FROM OpenIddictAuthorizations;");

    public void Dispose()
    {
        // Pooled connections would keep it in memory until the process ends.
        SqliteConnection.ClearPool(_connection);
        _connection.Dispose();
    }

    private sealed class Tables(DbContextOptions<Tables> options) : DbContext(options);
}
