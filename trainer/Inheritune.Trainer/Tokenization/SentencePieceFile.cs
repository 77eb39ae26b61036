using Google.Protobuf;

namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// The fields of a SentencePiece <c>ModelProto</c> that decide whether the model can be reproduced and how its ids read.
/// The library loads the same file but does not show them.
/// </summary>
internal sealed class SentencePieceFile
{
    /// <summary>Pieces in the order of their ids.</summary>
    public List<SentencePiece> Pieces { get; } = [];

    /// <summary>1 Unigram (the format's default), 2 byte-pair encoding, 3 words, 4 characters.</summary>
    public int ModelType { get; private set; } = 1;

    /// <summary>A unit of white space stands behind a word and not before it, the dummy one too.</summary>
    public bool SpaceIsSuffix { get; private set; }

    /// <summary>The table by which the text is normalized, such as Unicode's NFKC; empty for none.</summary>
    public byte[] CharacterMap { get; private set; } = [];

    /// <summary>What is decoded is normalized by a table of its own.</summary>
    public bool Denormalizes { get; private set; }

    /// <summary>A space is put in front of each text.</summary>
    public bool AddsDummyPrefix { get; private set; } = true;

    /// <summary>Runs of spaces become one.</summary>
    public bool RemovesExtraSpaces { get; private set; } = true;

    /// <summary>Spaces are written as U+2581.</summary>
    public bool EscapesSpaces { get; private set; } = true;

    /// <exception cref="InvalidProtocolBufferException">The content is not a SentencePiece model.</exception>
    public static SentencePieceFile Parse(byte[] content)
    {
        var file = new SentencePieceFile();
        Read(new CodedInputStream(content), (field, input) =>
        {
            switch (field)
            {
                case 1: file.Pieces.Add(ParsePiece(input.ReadBytes())); break;
                case 2: Read(input.ReadBytes().CreateCodedInput(), file.ReadTrainerSpec); break;
                case 3: Read(input.ReadBytes().CreateCodedInput(), file.ReadNormalizerSpec); break;
                case 5: Read(input.ReadBytes().CreateCodedInput(), file.ReadDenormalizerSpec); break;
                default: input.SkipLastField(); break;
            }
        });
        return file;
    }

    private static SentencePiece ParsePiece(ByteString content)
    {
        var (text, score, type) = ("", 0f, SentencePieceType.Normal);
        Read(content.CreateCodedInput(), (field, input) =>
        {
            switch (field)
            {
                case 1: text = input.ReadString(); break;
                case 2: score = input.ReadFloat(); break;
                case 3: type = (SentencePieceType)input.ReadEnum(); break;
                default: input.SkipLastField(); break;
            }
        });
        return new SentencePiece(text, score, type);
    }

    private void ReadTrainerSpec(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 3: ModelType = input.ReadEnum(); break;
            case 24: SpaceIsSuffix = input.ReadBool(); break;
            default: input.SkipLastField(); break;
        }
    }

    private void ReadDenormalizerSpec(int field, CodedInputStream input)
    {
        if (field == 2) Denormalizes = input.ReadBytes().Length > 0;
        else input.SkipLastField();
    }

    private void ReadNormalizerSpec(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 2: CharacterMap = input.ReadBytes().ToByteArray(); break;
            case 3: AddsDummyPrefix = input.ReadBool(); break;
            case 4: RemovesExtraSpaces = input.ReadBool(); break;
            case 5: EscapesSpaces = input.ReadBool(); break;
            default: input.SkipLastField(); break;
        }
    }

    private static void Read(CodedInputStream input, Action<int, CodedInputStream> readField)
    {
        while (input.ReadTag() is var tag and not 0) readField(WireFormat.GetTagFieldNumber(tag), input);
    }
}
