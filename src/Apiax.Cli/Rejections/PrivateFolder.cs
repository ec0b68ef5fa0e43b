namespace Apiax.Cli;

/// <summary>A folder that only its owner can read; its files are written atomically.</summary>
internal sealed class PrivateFolder(string path)
{
    public const string Rejections = "rejections.json";
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    // "In use by another process", of Linux, macOS and Windows.
    private static readonly int[] InUse = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    /// <summary>Excludes other runs until it is disposed.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return Open("rejections.lock", FileMode.OpenOrCreate);
            }
            catch (IOException exception) when (InUse.Contains(exception.HResult) && TimeProvider.System.GetElapsedTime(start) < LockTimeout)
            {
                await Task.Delay(BetweenTries, TimeProvider.System, cancellationToken);
            }
        }
    }

    public byte[]? Read(string name) => File.Exists(Path.Combine(path, name)) ? File.ReadAllBytes(Path.Combine(path, name)) : null;

    public void Write(string name, ReadOnlySpan<byte> content)
    {
        var draft = $"{name}.new";
        using (var stream = Open(draft, FileMode.Create))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(Path.Combine(path, draft), Path.Combine(path, name), overwrite: true);
    }

    private FileStream Open(string name, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        return new FileStream(Path.Combine(path, name), options);
    }
}
