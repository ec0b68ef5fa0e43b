namespace Apiax.Http.Handlers;

/// <summary>A content of this library that replaces the request's own.</summary>
internal interface IRecordedContent
{
    BodyRecording Recording { get; }
}
