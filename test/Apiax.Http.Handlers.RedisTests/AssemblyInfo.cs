// Most of their time they wait: three fixtures at a time, each with processes of its own.
[assembly: LevelOfParallelism(3)]
[assembly: Parallelizable(ParallelScope.Fixtures)]
