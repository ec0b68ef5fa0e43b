// Most of their time they wait: two fixtures at a time, each with processes of its own.
[assembly: LevelOfParallelism(2)]
[assembly: Parallelizable(ParallelScope.Fixtures)]
