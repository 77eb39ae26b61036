namespace Inheritune.Api;


/// <summary>Families of decoder LMs that can be read, trained and exported.</summary>
public enum ModelFamily
{
    GPT2,
    Llama,
}
