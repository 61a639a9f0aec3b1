// A "kernel" that has more than one type of a name, as one does whose parts were compiled with different definitions.
// Some agree on where a member is, some do not, and some members are only in one of them: that one is then meant, also
// in what is asked afterwards.
struct core_inner {
  unsigned int x;
  unsigned int y;
} inner;
struct core_inner___other {
  unsigned int x;
  unsigned long long z;
} inner_other;

struct core_widths {
  unsigned int other;
  unsigned int u32;
} widths;
struct core_widths___other {
  unsigned int u32;
  unsigned long long u64;
} widths_other;
