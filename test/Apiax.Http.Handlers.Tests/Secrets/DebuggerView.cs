using System.Collections;
using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Apiax.Http.Handlers.Tests.Secrets;

/// <summary>
/// What a debugger shows of an object when everything is expanded: its display text, and all its members, private ones included, except those that
/// are marked as not browsable. Objects of other assemblies are shown as text, or item by item.
/// </summary>
internal sealed class DebuggerView
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private static readonly Assembly Library = typeof(ApiaxAccessToken).Assembly;

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> _texts = [];

    public IReadOnlyList<string> Texts => _texts;

    /// <summary>The types of the library that were expanded.</summary>
    public IEnumerable<Type> Types => _seen.Select(each => each.GetType()).Where(type => type.Assembly == Library);

    public DebuggerView Unfold(object? value, string path)
    {
        // The same object is shown once, since it may refer to itself; the same text is shown at each of its places.
        if (value is null || (value is not string && !value.GetType().IsValueType && !_seen.Add(value)))
            return this;

        _texts.Add($"{path}: {value}");
        switch (value)
        {
            case string:
                break;
            case Delegate { Target: { } target } when target.GetType().Assembly == Library:
                Unfold(target, $"{path}.Target");
                break;
            case IEnumerable items:
                foreach (var item in items)
                    Unfold(item, $"{path}[]");
                break;
            case Task { IsCompletedSuccessfully: true }:
                UnfoldProperty(value, "Result", path);
                break;
            default:
                UnfoldObject(value, path);
                break;
        }

        return this;
    }

    private void UnfoldObject(object value, string path)
    {
        var type = value.GetType();
        if (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) || type.GetGenericTypeDefinition() == typeof(Lazy<>)))
        {
            UnfoldProperty(value, "Key", path);
            UnfoldProperty(value, "Value", path);
            return;
        }

        if (type.Assembly != Library)
            return;

        _texts.Add($"{path}: {Display(value)}");
        for (var level = type; level?.Assembly == Library; level = level.BaseType)
        {
            foreach (var field in level.GetFields(Members).Where(IsShown))
                Unfold(field.GetValue(value), $"{path}.{field.Name}");
            foreach (var property in level.GetProperties(Members).Where(property => property.GetIndexParameters().Length == 0 && property.CanRead && IsShown(property)))
                UnfoldProperty(value, property.Name, path);
        }
    }

    private void UnfoldProperty(object value, string name, string path)
    {
        try
        {
            Unfold(value.GetType().GetProperty(name, Members & ~BindingFlags.DeclaredOnly)?.GetValue(value), $"{path}.{name}");
        }
        catch (TargetInvocationException exception)
        {
            // A debugger also shows the exception.
            _texts.Add($"{path}.{name}: {exception.InnerException}");
        }
    }

    private static bool IsShown(MemberInfo member) => member.GetCustomAttribute<DebuggerBrowsableAttribute>()?.State is not DebuggerBrowsableState.Never;

    /// <summary>The text of <see cref="DebuggerDisplayAttribute"/>, its braces filled in.</summary>
    private static string Display(object value) => value.GetType().GetCustomAttribute<DebuggerDisplayAttribute>() is { Value: { } format }
        ? Regex.Replace(
            format,
            @"\{(?<member>\w+)(?<call>\(\))?(,nq)?\}",
            part => (part.Groups["call"].Success
                ? value.GetType().GetMethod(part.Groups["member"].Value, Members & ~BindingFlags.DeclaredOnly, [])!.Invoke(value, null)
                : value.GetType().GetProperty(part.Groups["member"].Value, Members & ~BindingFlags.DeclaredOnly)!.GetValue(value))?.ToString() ?? "",
            RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1))
        : "";
}
