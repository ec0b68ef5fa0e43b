using System.Reflection;

namespace Apiax.Http.Handlers.RedisTests;

/// <summary>Answers every call of an interface.</summary>
#pragma warning disable CA1852 // A proxy derives from it.
public class Fake : DispatchProxy
#pragma warning restore CA1852
{
    private Func<string, object?[], object?> _call = (_, _) => null;

    internal static T Of<T>(Func<string, object?[], object?> call)
        where T : class
    {
        var fake = Create<T, Fake>();
        ((Fake)(object)fake)._call = call;
        return fake;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _call(targetMethod!.Name, args ?? []);
}
