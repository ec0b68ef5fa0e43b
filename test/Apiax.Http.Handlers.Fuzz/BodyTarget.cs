using System.Net;
using System.Runtime.ExceptionServices;

namespace Apiax.Http.Handlers.Fuzz;

/// <summary>
/// Does what the HTTP stack and a caller may do with a recorded body: write it, write it again before, during or after the first write, let it fail in
/// the middle, return from the call at any moment. The body writes other bytes each time, so that a mixture of two is detected.
/// </summary>
internal static class BodyTarget
{
    public static void Run(byte[] input)
    {
        using (var scene = new Scene(input))
            scene.Play();

        Require(RecordingBuffer.TotalBytes == 0, "memory did not go back");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private sealed class Scene : IDisposable
    {
        private const int MaxDepth = 4;

        private readonly byte[] _steps;
        private readonly int _limit;
        private readonly bool _isAsync;
        private readonly HttpRequestMessage _request;
        private readonly BodyRecording _recording;
        private readonly HttpContent _content;
        private readonly List<byte[]> _complete = [];
        private int _step = 1;
        private int _writings;
        private int _depth;
        private bool _isOver;

        public Scene(byte[] steps)
        {
            _steps = steps;
            var first = Next(at: 0);
            _limit = (first & 0x7F) * 8;
            _isAsync = (first & 1) == 0;
            _request = new HttpRequestMessage(HttpMethod.Post, "https://api.apiax.io/") { Content = new Body(this) };
            _recording = BodyRecording.Attach(_request, _limit);
            _content = _request.Content!;
        }

        private bool IsAtEnd => _step >= _steps.Length;

        public void Dispose() => _request.Dispose();

        public void Play()
        {
            do
            {
                if (Next() == 4)
                    End();
                else
                    Send();
            }
            while (!IsAtEnd);

            // What a call that is sent again may do.
            if (!_isOver && _recording.TryWithdraw(_request) && _writings > 0)
                Send(isReplay: true);
            End();
        }

        public void Write(Stream stream)
        {
            var (number, written) = (++_writings, new List<byte>());
            while (true)
            {
                switch (Next() % 6)
                {
                    case 1:
                        var chunk = Enumerable.Range(written.Count, Next() * 4).Select(at => (byte)((at * 7) + (number * 31))).ToArray();
                        stream.Write(chunk);
                        written.AddRange(chunk);
                        break;
                    case 2 when _depth < MaxDepth:
                        Send();
                        break;
                    case 3:
                        throw new IOException("the connection died");
                    case 4:
                        End();
                        break;
                    default:
                        _complete.Add([.. written]);
                        return;
                }
            }
        }

        private void Send(bool isReplay = false)
        {
            var (writings, isBroken) = (_writings, false);
            using var wire = new MemoryStream();
            _depth++;
            try
            {
                if (_isAsync)
                    Completed(_content.CopyToAsync(wire));
                else
                    _content.CopyTo(wire, context: null, CancellationToken.None);
            }
            catch (HttpRequestException)
            {
                isBroken = true;
            }

            _depth--;
            if (isBroken)
                Require(!isReplay, "what can be sent again breaks off");
            else if (writings == _writings || isReplay)
                Require(_complete.Exists(body => body.AsSpan().SequenceEqual(wire.ToArray())) && wire.Length <= _limit && writings == _writings, "what is sent again was never sent");
            else
                Require(wire.ToArray().AsSpan().SequenceEqual(_complete[^1]), "the body was changed on its way");

            // A body that is written once, within the limit, is recorded.
            if (!isBroken && !_isOver && _depth == 0 && wire.Length <= _limit && writings + 1 == _writings)
                Require(_recording.TryWithdraw(_request), "a whole body cannot be sent again");
        }

        private void End()
        {
            if (!_isOver)
                _recording.Detach(_request);
            _isOver = true;
        }

        private static void Completed(Task writing)
        {
            Require(writing.IsCompleted, "nobody is left who could end it");
            if (writing.Exception?.InnerException is { } failure)
                ExceptionDispatchInfo.Throw(failure);
        }

        private int Next() => _step < _steps.Length ? _steps[_step++] : 0;

        private int Next(int at) => at < _steps.Length ? _steps[at] : 0;
    }

    private sealed class Body(Scene scene) : HttpContent
    {
        protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) => scene.Write(stream);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            scene.Write(stream);
            return Task.CompletedTask;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
