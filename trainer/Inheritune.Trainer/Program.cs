using Inheritune.Trainer.Commands;
using Inheritune.Trainer.Native;

if (!FileLimit.Raise()) return FileLimit.Code;
StandardStreams.Fill();
return CommandHost.Run(args);
