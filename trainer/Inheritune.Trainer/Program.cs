using Inheritune.Trainer.Commands;

return CommandHost.Run(args);
