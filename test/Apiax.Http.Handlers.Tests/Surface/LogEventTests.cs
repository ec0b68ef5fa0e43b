using System.Reflection;
using Apiax.Http.Handlers.Redis;
using Microsoft.Extensions.Logging;

namespace Apiax.Http.Handlers.Tests.Surface;

/// <summary>The events that operators search for and set alerts on are in a file next to this one.</summary>
[TestFixture]
internal sealed class LogEventTests
{
    /// <summary>Every message of the packages, with its name filled in, by id.</summary>
    public static IReadOnlyList<LoggerMessageAttribute> Messages { get; } =
    [
        .. from assembly in new[] { typeof(Log).Assembly, typeof(ApiaxRedisTokenStoreOptions).Assembly }
           from type in assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null
           orderby message.EventId
           select new LoggerMessageAttribute(message.EventId, message.Level, message.Message) { EventName = message.EventName ?? method.Name },
    ];

    [Test]
    public async Task Ids_names_levels_and_texts_are_those_on_file()
    {
        var accepted = Repository.PathOf("test", "Apiax.Http.Handlers.Tests", "Surface", "LogEvents.txt");
        var found = Path.Combine(AppContext.BaseDirectory, "LogEvents.txt");
        var now = Messages.Select(message => $"{message.EventId} {message.EventName} {(message.Level is LogLevel.None ? "by its reason" : message.Level)}: {message.Message}").ToList();
        await File.WriteAllLinesAsync(found, now);

        Assert.That(now, Is.EqualTo(File.Exists(accepted) ? await File.ReadAllLinesAsync(accepted) : []), $"""
            Somebody may search for the old texts. If they shall change, accept it, and say in CHANGELOG.md what it means to users:

                cp "{found}" "{accepted}"

            """);
    }

    [Test]
    public void An_id_and_a_name_mean_one_event()
    {
        Assert.That(Messages.Select(message => message.EventId), Is.Unique);
        Assert.That(Messages.Select(message => message.EventName), Is.Unique);
    }
}
