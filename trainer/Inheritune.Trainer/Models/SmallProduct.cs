using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Inheritune.Trainer.Models;

/// <summary>
/// Matrix products of one thread, of blocks that stay in its cache. A library's product would be called, and would divide its work, anew for each.
/// Sixteen results of four rows and 64 columns are sums in registers until they are whole, as many as it takes to keep both of a core's multipliers busy.
/// </summary>
internal static unsafe class SmallProduct
{
    /// <summary>Rows of a result are a multiple of this.</summary>
    public const int Rows = 4;

    /// <summary>Columns of a result are a multiple of this.</summary>
    public const int Columns = 16;

    /// <summary>C = A B, or C += A B.</summary>
    /// <param name="a">A [m, k], with any two steps between its elements.</param>
    /// <param name="aRow">From one row of A to the next.</param>
    /// <param name="aColumn">From one column of A to the next.</param>
    /// <param name="b">B [k, n].</param>
    /// <param name="bRow">From one row of B to the next.</param>
    /// <param name="c">C [m, n].</param>
    /// <param name="cRow">From one row of C to the next.</param>
    /// <param name="m">Rows of C, a multiple of <see cref="Rows"/>.</param>
    /// <param name="n">Columns of C, a multiple of <see cref="Columns"/>.</param>
    /// <param name="k">Length of the sums.</param>
    /// <param name="adds">Whether C is added to.</param>
    public static void Run(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int m, int n, int k, bool adds)
    {
        var column = 0;
        for (; column <= n - 4 * Columns; column += 4 * Columns)
            for (var row = 0; row < m; row += Rows) Tile4(a + row * aRow, aRow, aColumn, b + column, bRow, c + row * cRow + column, cRow, k, adds);
        for (; column <= n - 2 * Columns; column += 2 * Columns)
            for (var row = 0; row < m; row += Rows) Tile2(a + row * aRow, aRow, aColumn, b + column, bRow, c + row * cRow + column, cRow, k, adds);
        for (; column < n; column += Columns)
            for (var row = 0; row < m; row += Rows) Tile1(a + row * aRow, aRow, aColumn, b + column, bRow, c + row * cRow + column, cRow, k, adds);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile4(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int k, bool adds)
    {
        Vector512<float> c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33;
        if (adds)
        {
            (c00, c01, c02, c03) = (Vector512.Load(c), Vector512.Load(c + 16), Vector512.Load(c + 32), Vector512.Load(c + 48));
            (c10, c11, c12, c13) = (Vector512.Load(c + cRow), Vector512.Load(c + cRow + 16), Vector512.Load(c + cRow + 32), Vector512.Load(c + cRow + 48));
            (c20, c21, c22, c23) = (Vector512.Load(c + 2 * cRow), Vector512.Load(c + 2 * cRow + 16), Vector512.Load(c + 2 * cRow + 32), Vector512.Load(c + 2 * cRow + 48));
            (c30, c31, c32, c33) = (Vector512.Load(c + 3 * cRow), Vector512.Load(c + 3 * cRow + 16), Vector512.Load(c + 3 * cRow + 32), Vector512.Load(c + 3 * cRow + 48));
        }
        else
        {
            c00 = c01 = c02 = c03 = c10 = c11 = c12 = c13 = c20 = c21 = c22 = c23 = c30 = c31 = c32 = c33 = Vector512<float>.Zero;
        }

        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        for (var i = 0; i < k; i++)
        {
            var b0 = Vector512.Load(b);
            var b1 = Vector512.Load(b + 16);
            var b2 = Vector512.Load(b + 32);
            var b3 = Vector512.Load(b + 48);
            var x = Vector512.Create(*a);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            c02 = Vector512.FusedMultiplyAdd(x, b2, c02);
            c03 = Vector512.FusedMultiplyAdd(x, b3, c03);
            x = Vector512.Create(*a1);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            c12 = Vector512.FusedMultiplyAdd(x, b2, c12);
            c13 = Vector512.FusedMultiplyAdd(x, b3, c13);
            x = Vector512.Create(*a2);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            c22 = Vector512.FusedMultiplyAdd(x, b2, c22);
            c23 = Vector512.FusedMultiplyAdd(x, b3, c23);
            x = Vector512.Create(*a3);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
            c32 = Vector512.FusedMultiplyAdd(x, b2, c32);
            c33 = Vector512.FusedMultiplyAdd(x, b3, c33);
            a += aColumn;
            a1 += aColumn;
            a2 += aColumn;
            a3 += aColumn;
            b += bRow;
        }

        Store(c, c00, c01, c02, c03);
        Store(c + cRow, c10, c11, c12, c13);
        Store(c + 2 * cRow, c20, c21, c22, c23);
        Store(c + 3 * cRow, c30, c31, c32, c33);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector512<float> c0, Vector512<float> c1, Vector512<float> c2, Vector512<float> c3)
    {
        c0.Store(c);
        c1.Store(c + 16);
        c2.Store(c + 32);
        c3.Store(c + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile2(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int k, bool adds)
    {
        Vector512<float> c00, c01, c10, c11, c20, c21, c30, c31;
        if (adds)
        {
            (c00, c01, c10, c11) = (Vector512.Load(c), Vector512.Load(c + 16), Vector512.Load(c + cRow), Vector512.Load(c + cRow + 16));
            (c20, c21, c30, c31) = (Vector512.Load(c + 2 * cRow), Vector512.Load(c + 2 * cRow + 16), Vector512.Load(c + 3 * cRow), Vector512.Load(c + 3 * cRow + 16));
        }
        else
        {
            c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = Vector512<float>.Zero;
        }

        for (var i = 0; i < k; i++, a += aColumn, b += bRow)
        {
            var (b0, b1) = (Vector512.Load(b), Vector512.Load(b + 16));
            var x = Vector512.Create(a[0]);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            x = Vector512.Create(a[aRow]);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            x = Vector512.Create(a[2 * aRow]);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            x = Vector512.Create(a[3 * aRow]);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
        }

        Store(c, c00, c01);
        Store(c + cRow, c10, c11);
        Store(c + 2 * cRow, c20, c21);
        Store(c + 3 * cRow, c30, c31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector512<float> c0, Vector512<float> c1)
    {
        c0.Store(c);
        c1.Store(c + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile1(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int k, bool adds)
    {
        Vector512<float> c0, c1, c2, c3;
        if (adds) (c0, c1, c2, c3) = (Vector512.Load(c), Vector512.Load(c + cRow), Vector512.Load(c + 2 * cRow), Vector512.Load(c + 3 * cRow));
        else c0 = c1 = c2 = c3 = Vector512<float>.Zero;
        for (var i = 0; i < k; i++, a += aColumn, b += bRow)
        {
            var x = Vector512.Load(b);
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(a[0]), x, c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.Create(a[aRow]), x, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Create(a[2 * aRow]), x, c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.Create(a[3 * aRow]), x, c3);
        }

        c0.Store(c);
        c1.Store(c + cRow);
        c2.Store(c + 2 * cRow);
        c3.Store(c + 3 * cRow);
    }
}
