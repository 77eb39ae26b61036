// Starts nothing yet: the runtime and the generators are used by the tests.
return 0;
