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
    public TestCommand Wrap(TestCommand command) => new SceneCommand(command);

    private sealed class SceneCommand(TestCommand scene) : DelegatingTestCommand(scene)
    {
        private const int Most = 3;
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(0.7);

        public override TestResult Execute(TestExecutionContext context)
        {
            for (var time = 1; ; time++)
            {
                using var standstill = new Standstill();
                context.CurrentResult = innerCommand.Execute(context);
                if (context.CurrentResult.ResultState.Status is not TestStatus.Failed || standstill.Longest < Longest)
                    return context.CurrentResult;

                TestContext.Progress.WriteLine($"{context.CurrentTest.FullName}: the machine stood still for {standstill.Longest}, {context.CurrentResult.Message}");
                context.CurrentResult = context.CurrentTest.MakeTestResult();
                if (time == Most)
                {
                    context.CurrentResult.SetResult(ResultState.Ignored, $"The machine stood still for {standstill.Longest}: this scene needs one with less to do.");
                    return context.CurrentResult;
                }
            }
        }
    }
}
