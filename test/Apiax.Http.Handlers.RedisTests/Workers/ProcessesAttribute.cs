using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Eight processes in real time need the machine alone: these tests run only on request, not together with other projects' tests.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ProcessesAttribute : NUnitAttribute, IApplyToTest
{
    private const string Category = "Processes";

    public void ApplyToTest(Test test)
    {
        test.Properties.Add(PropertyNames.Category, Category);
        if (Duration.IsLong || Environment.GetEnvironmentVariable("APIAX_PROCESSES") == "1")
            return;

        test.RunState = RunState.Ignored;
        test.Properties.Set(PropertyNames.SkipReason, $"APIAX_PROCESSES=1 dotnet test --project test/Apiax.Http.Handlers.RedisTests --filter TestCategory={Category}");
    }
}
