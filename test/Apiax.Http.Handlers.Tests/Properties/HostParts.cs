using CsCheck;

namespace Apiax.Http.Handlers.Tests.Properties;

/// <summary>A host: how it is written, and what it is.</summary>
/// <param name="Text">As it is written in a URL, in one of its spellings.</param>
/// <param name="Labels">What it is: ASCII labels in lower case, or one text for an address.</param>
/// <param name="IsDns">Whether it is a name.</param>
/// <param name="IsLoopback">Whether it is this machine.</param>
internal sealed record HostPart(string Text, string[] Labels, bool IsDns, bool IsLoopback)
{
    public bool Is(HostPart other) => Labels.SequenceEqual(other.Labels);

    public bool IsBelow(string[] domain) => IsDns && Labels.Length > domain.Length && Labels.AsSpan(Labels.Length - domain.Length).SequenceEqual(domain);
}

internal sealed record UrlParts(string Scheme, string UserInfo, HostPart Host, bool HasTrailingDot, int? WrittenPort, string Path)
{
    public int Port => WrittenPort ?? (Scheme is "https" or "wss" ? 443 : Scheme is "http" or "ws" ? 80 : -1);

    public string PortText => WrittenPort is { } port ? $":{port}" : "";

    public string Text => $"{Scheme}://{UserInfo}{Host.Text}{(HasTrailingDot ? "." : "")}{PortText}{Path}";

    public override string ToString() => Text;
}

internal sealed record PatternParts(HostPart Host, int? Port, bool IsWildcard)
{
    public string Text => $"{(IsWildcard ? "*." : "")}{Host.Text}{(Port is { } port ? $":{port}" : "")}";

    public override string ToString() => Text;
}

/// <summary>Few labels, so that hosts are often equal or similar: names, look-alikes, IDN in several spellings, addresses.</summary>
internal static class HostParts
{
    // A label as it may be written, and its ASCII form (RFC 5891, as UTS #46 maps it).
    private static readonly (string Text, string Ascii)[] Labels =
    [
        ("api", "api"), ("API", "api"), ("apiax", "apiax"), ("ApiAx", "apiax"), ("evilapiax", "evilapiax"), ("apiax-io", "apiax-io"), ("example", "example"),
        ("bücher", "xn--bcher-kva"), ("BÜCHER", "xn--bcher-kva"), ("xn--bcher-kva", "xn--bcher-kva"), ("例え", "xn--r8jz45g"), ("ａｐｉａｘ", "apiax"), ("аpiax", "xn--piax-43d"),
    ];

    private static readonly (string Text, string Ascii)[] Endings = [("io", "io"), ("IO", "io"), ("evil", "evil"), ("example", "example"), ("io-evil", "io-evil")];

    private static readonly HostPart[] Addresses =
    [
        new("[::1]", ["::1"], IsDns: false, IsLoopback: true), new("[0:0:0:0:0:0:0:1]", ["::1"], IsDns: false, IsLoopback: true),
        new("[2001:db8::1]", ["2001:db8::1"], IsDns: false, IsLoopback: false), new("[2001:DB8:0::1]", ["2001:db8::1"], IsDns: false, IsLoopback: false),
        new("127.0.0.1", ["127.0.0.1"], IsDns: false, IsLoopback: true), new("10.0.0.1", ["10.0.0.1"], IsDns: false, IsLoopback: false),
        new("localhost", ["localhost"], IsDns: true, IsLoopback: true), new("LOCALHOST", ["localhost"], IsDns: true, IsLoopback: true),
    ];

    private static readonly Gen<HostPart> Name = Gen.Select(Gen.OneOf(Labels).Array[1, 3], Gen.OneOf(Endings), Gen.OneOf(".", ".", ".", "\u3002"), (labels, ending, dot) => new HostPart(
        string.Join(dot, labels.Append(ending).Select(label => label.Text)), [.. labels.Append(ending).Select(label => label.Ascii)], IsDns: true, IsLoopback: false));

    private static readonly Gen<HostPart> Apiax = Gen.OneOf("api.apiax.io", "apiax.io", "a.b.apiax.io", "apiax.io.evil.example", "evilapiax.io", "apiax.io.evil", "api-apiax.io").Select(
        text => new HostPart(text, text.Split('.'), IsDns: true, IsLoopback: false));

    private static readonly Gen<int?> Port = Gen.OneOf<int?>(null, null, null, 443, 80, 8443, 65535);

    public static readonly Gen<HostPart> Host = Gen.Frequency((3, Name), (2, Apiax), (2, Gen.OneOf(Addresses)));

    public static readonly Gen<UrlParts> Url = Gen.Select(
        Gen.OneOf("https", "https", "https", "https", "http", "wss", "ftp"),
        Gen.OneOf("", "", "", "anna@", "anna:secret@", "api.apiax.io@", "api.apiax.io%2F@"),
        Host,
        Gen.OneOf(false, false, false, false, true),
        Port,
        Gen.OneOf("", "/", "/rules", "/@api.apiax.io", "?x=@api.apiax.io", "#api.apiax.io"),
        (scheme, userInfo, host, dot, port, path) => new UrlParts(scheme, userInfo, host, dot && host.IsDns, port, path));

    public static readonly Gen<PatternParts> Pattern = Gen.Select(Host, Port, Gen.Bool, (host, port, wildcard) =>
        new PatternParts(host, port, wildcard && host is { IsDns: true, Labels.Length: > 1 }));
}
