// What must not compile, a line each, with what a compiler says (a regular expression, for gcc and clang). Lines without
// it must compile. Not built: headers_test.sh hands it to the compilers.
#include <string>

#include "misuse.skel.h"

using misuse::Object;
using misuse::Spec;

void right(Spec& spec, const Object& object, std::uint32_t ifindex) {
  spec.rodata().limit = 5;
  spec.rodata().constants = {1, 2, 3, 4};
  object.bss.packets.fetch_add(1);
  object.bss.color.store(misuse::color::COLOR_BLUE);
  object.bss.stats.field(&misuse::stats::packets).store(1);
  (void)object.maps.by_port.lookup({.port = 443});
  for (const auto& [key, stats] : object.maps.by_port) (void)(key.port + stats.packets);
  (void)object.programs.trace.attach();
  (void)object.programs.filter.attach_xdp(ifindex);
  static_assert(std::is_same_v<decltype(object.maps.events)::record_type, misuse::stats>);
}

// Names.
void missing_variable(const Object& object) { object.bss.packet.load(); }  // EXPECT no member named 'packet'
void missing_constant(Spec& spec) { spec.rodata().limits = 5; }  // EXPECT no member named 'limits'
void missing_section(Spec& spec) { spec.data_custom(); }  // EXPECT no member named 'data_custom'
void missing_map(const Object& object) { object.maps.by_ports.walk(); }  // EXPECT no member named 'by_ports'
void missing_program(const Object& object) { (void)object.programs.tracer.attach(); }  // EXPECT no member named 'tracer'
void missing_member(misuse::stats& stats) { stats.bytes = 1; }  // EXPECT no member named 'bytes'
void missing_link(misuse::Links& links) { links.filter.reset(); }  // EXPECT no member named 'filter'
auto missing_enumerator = misuse::color::COLOR_GREEN;  // EXPECT 'COLOR_GREEN' is not a member|no member named 'COLOR_GREEN'

// Constants.
void write_constant(const Object& object) { object.rodata.limit.store(5); }  // EXPECT no matching function|invalid reference to function 'store'
void exchange_constant(const Object& object) { (void)object.rodata.limit.exchange(5); }  // EXPECT no matching function|invalid reference to function 'exchange'
void write_element(const Object& object) { object.rodata.constants[1].store(5); }  // EXPECT no matching function|invalid reference to function 'store'
void write_structure(const Object& object) { object.rodata.constant_stats.write({}); }  // EXPECT no matching function|invalid reference to function 'write'
void write_member(const Object& o) { o.rodata.constant_stats.field(&misuse::stats::packets).store(1); }  // EXPECT no matching function|invalid reference to function 'store'
void write_through_const(const Spec& spec) { spec.rodata().limit = 5; }  // EXPECT read-only object|returns a const value

// Types.
void wrong_value(const Object& object) { object.bss.packets.store(std::string("1")); }  // EXPECT cannot convert|no viable conversion
void wrong_enumeration(const Object& object) { object.bss.color.store(1); }  // EXPECT cannot convert|cannot initialize
void add_to_enumeration(const Object& object) { object.bss.color.fetch_add({}); }  // EXPECT no matching function|invalid reference to function 'fetch_add'
void wrong_key(const Object& object) { (void)object.maps.by_port.lookup(misuse::stats{}); }  // EXPECT cannot convert|no viable conversion
void number_for_key(const Object& object) { (void)object.maps.by_port.lookup(443); }  // EXPECT cannot convert|could not bind
void wrong_map_value(const Object& object) { (void)object.maps.by_port.update({}, 5); }  // EXPECT cannot convert|could not bind

// What a kind of map or program cannot do.
void remove_of_array(const Object& object) { (void)object.maps.array.remove(1u); }  // EXPECT no member named 'remove'
void key_of_queue(const Object& object) { (void)object.maps.queue.lookup(1u); }  // EXPECT no member named 'lookup'
void walk_over_queue(const Object& object) { object.maps.queue.walk(); }  // EXPECT no member named 'walk'
void lookup_in_ring(const Object& object) { (void)object.maps.events.lookup(1u); }  // EXPECT no member named 'lookup'
void one_value_per_cpu(const Object& object) { (void)object.maps.per_cpu.update(0, 5); }  // EXPECT cannot convert|could not convert|no viable conversion
void attach_by_name(const Object& object) { (void)object.programs.filter.attach(); }  // EXPECT no member named 'attach'
void wrong_attach(const Object& object) { (void)object.programs.trace.attach_xdp(1); }  // EXPECT no member named 'attach_xdp'

// Ownership.
auto copy_object(const Object& object) { return Object(object); }  // EXPECT use of deleted function|deleted
auto copy_spec(const Spec& spec) { return Spec(spec); }  // EXPECT use of deleted function|deleted
