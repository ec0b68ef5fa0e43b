using Apiax.Http.Handlers.RedisWorker;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using NUnit.Framework.Internal.Commands;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>
/// A scene in real time. One that fails while the machine stands still is played again: a Redis that is not heard of within two seconds is one that is away,
/// and that is another scene. After the third time nothing is known.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SceneAttribute : NUnitAttribute, IRepeatTest
{
    private const string Property = "Standstill";

    public TestCommand Wrap(TestCommand command) => new SceneCommand(command);

    /// <summary>One of its processes was kept from the processors for so long.</summary>
    public static void Note(TimeSpan standstill) => TestExecutionContext.CurrentContext.CurrentTest.Properties.Add(Property, standstill);

    private sealed class SceneCommand(TestCommand scene) : DelegatingTestCommand(scene)
    {
        private const int Most = 3;
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(0.7);

        public override TestResult Execute(TestExecutionContext context)
        {
            for (var time = 1; ; time++)
            {
                var standstill = Play(context);
                if (context.CurrentResult.ResultState.Status is not TestStatus.Failed || standstill < Longest)
                    return context.CurrentResult;

                TestContext.Progress.WriteLine($"{context.CurrentTest.FullName}: the machine stood still for {standstill}, {context.CurrentResult.Message}");
                context.CurrentResult = context.CurrentTest.MakeTestResult();
                if (time == Most)
                {
                    context.CurrentResult.SetResult(ResultState.Ignored, $"The machine stood still for {standstill}: this scene needs one with less to do.");
                    return context.CurrentResult;
                }
            }
        }

        /// <returns>How long the longest of its processes stood still.</returns>
        private TimeSpan Play(TestExecutionContext context)
        {
            context.CurrentTest.Properties[Property].Clear();
            using var standstill = new Standstill();
            try
            {
                context.CurrentResult = innerCommand.Execute(context);
            }
#pragma warning disable CA1031 // Whatever a test throws is its result, and not every command makes it one.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                context.CurrentResult.RecordException(exception);
            }

            return context.CurrentTest.Properties[Property].Cast<TimeSpan>().Append(standstill.Longest).Max();
        }
    }
}
