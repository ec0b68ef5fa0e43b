// The tests mostly wait: three fixtures run at a time, each with its own processes.
[assembly: LevelOfParallelism(3)]
[assembly: Parallelizable(ParallelScope.Fixtures)]
