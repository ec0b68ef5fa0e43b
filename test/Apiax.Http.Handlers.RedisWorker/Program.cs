using System.Text.Json;
using Apiax.Http.Handlers.RedisWorker;

// A process that acts as a replica on command: one line of output for each line of input; it ends with its input.
//   start {order}   call   stop   exit
var gate = new object();
Replica? replica = null;
while (await Console.In.ReadLineAsync() is { } line)
{
    switch (line.Split(' ', 2))
    {
        case ["start", var order]:
            replica = await Replica.StartAsync(JsonSerializer.Deserialize<Order>(order)!, Tell);
            Tell("started");
            break;
        case ["call"]:
            replica!.Call();
            Tell("calling");
            break;
        case ["stop"]:
            Tell("report " + JsonSerializer.Serialize(await replica!.StopAsync()));
            break;
        case ["exit"]:
            return;
    }
}

void Tell(string text)
{
    lock (gate)
    {
        Console.Out.WriteLine(text);
        Console.Out.Flush();
    }
}
