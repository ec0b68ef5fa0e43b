namespace Apiax.Http.Handlers;

/// <summary>A content of this library in place of the request's own.</summary>
internal interface IRecordedContent
{
    BodyRecording Recording { get; }
}
