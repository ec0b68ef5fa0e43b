using System.Reflection;
using System.Reflection.Emit;

namespace Apiax.Http.Handlers.Tests.Architecture;

/// <summary>The types that a type depends on, by its compiled code, so that comments do not count.</summary>
/// <remarks>Constants and <c>nameof</c> leave no trace in compiled code, so a type that is used only in these ways is not found.</remarks>
internal static class References
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields()
        .Select(field => field.GetValue(null)).OfType<OpCode>().ToDictionary(code => code.Value);

    public static IEnumerable<Type> Of(Type type) =>
    [
        .. Within(type.BaseType),
        .. type.GetInterfaces().SelectMany(Within),
        .. type.CustomAttributes.SelectMany(attribute => Within(attribute.AttributeType)),
        .. type.GetFields(Declared).SelectMany(field => Within(field.FieldType)),
        .. type.GetConstructors(Declared).SelectMany(OfMethod),
        .. type.GetMethods(Declared).SelectMany(method => OfMethod(method).Concat(Within(method.ReturnType))),
    ];

    private static IEnumerable<Type> OfMethod(MethodBase method)
    {
        var body = method.GetMethodBody();
        return
        [
            .. method.GetParameters().SelectMany(parameter => Within(parameter.ParameterType)),
            .. body?.LocalVariables.SelectMany(local => Within(local.LocalType)) ?? [],
            .. body?.ExceptionHandlingClauses.Where(clause => clause.Flags is ExceptionHandlingClauseOptions.Clause).SelectMany(clause => Within(clause.CatchType)) ?? [],
            .. body is null ? [] : Tokens(body.GetILAsByteArray()!).SelectMany(token => OfToken(method, token)),
        ];
    }

    private static IEnumerable<Type> OfToken(MethodBase method, int token)
    {
        var member = method.Module.ResolveMember(token, method.DeclaringType!.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null);
        return member switch
        {
            Type type => Within(type),
            FieldInfo field => [.. Within(field.DeclaringType), .. Within(field.FieldType)],
            MethodBase called => [.. Within(called.DeclaringType), .. called.IsGenericMethod ? called.GetGenericArguments().SelectMany(Within) : []],
            _ => [],
        };
    }

    /// <summary>The type, its element type, its type arguments.</summary>
    private static IEnumerable<Type> Within(Type? type) => type switch
    {
        null => [],
        { HasElementType: true } => Within(type.GetElementType()),
        { IsGenericType: true } => [type, .. type.GetGenericArguments().SelectMany(Within)],
        _ => [type],
    };

    /// <summary>The metadata tokens in a method's instructions (ECMA-335, partition III).</summary>
    private static IEnumerable<int> Tokens(byte[] il)
    {
        var at = 0;
        while (at < il.Length)
        {
            // Two bytes if the first is 0xFE; reflection represents those by a negative number.
            var code = il[at] is 0xFE ? Codes[(short)(0xFE00 | il[++at])] : Codes[il[at]];
            at++;
            if (code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                yield return BitConverter.ToInt32(il, at);

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }
}
