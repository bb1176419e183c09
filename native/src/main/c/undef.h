/* Ends what was defined for one width of vectors. */
#undef LANES
#undef V
#undef NAME
#undef LOAD
#undef STORE
#undef SET1
#undef ADD
#undef SUB
#undef MUL
#undef FMA
#undef STREAM
#undef KEEP
#undef MAX
#undef MIN
#undef SQRT
#undef CHOOSE
#undef TARGET
