namespace Inheritune.Api;

/// <summary>How a toleration compares a taint's value.</summary>
public enum TolerationOperator
{
    Equal,
    Exists,
}
