# What bpf_object and bpf_skeleton (tools/bazel/bpf.bzl) are for Bazel.

# ebpf_add_object(NAME SOURCE file.bpf.c [CLANG clang-19] [STRIP] [HEADERS header…] [OPTIONS option…])
#
# Compiles one BPF C file. The target has the object's path as its property EBPF_OBJECT.
function(ebpf_add_object name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "STRIP" "SOURCE;CLANG" "HEADERS;OPTIONS")
  if(NOT arg_SOURCE)
    message(FATAL_ERROR "ebpf_add_object(${name}): SOURCE is missing")
  endif()
  if(NOT arg_CLANG)
    set(arg_CLANG clang-19)
  endif()
  set(strip keep)
  if(arg_STRIP)
    set(strip strip)
  endif()
  cmake_path(ABSOLUTE_PATH arg_SOURCE OUTPUT_VARIABLE source)
  cmake_path(GET source FILENAME file)
  string(REGEX REPLACE "\\.c$" ".o" file "${file}")
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${file})
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${EBPF_DATA_DIR}/bpf_compile.sh ${arg_CLANG} ${strip} ${object} --target=bpf -O2 -g -Wall
            -I ${EBPF_DATA_DIR}/include ${arg_OPTIONS} -c ${source}
    DEPENDS ${source} ${arg_HEADERS}
    COMMENT "Compiling ${arg_SOURCE} for BPF"
    VERBATIM)
  add_custom_target(${name} DEPENDS ${object})
  set_target_properties(${name} PROPERTIES EBPF_OBJECT ${object})
endfunction()

# ebpf_add_skeleton(NAME OBJECT target [HEADER name.skel.h] [NAMESPACE ns] [CLASS name] [NO_EMBED] [TYPES type…]
#                   [RECORDS map=type…])
#
# A library of one header, which bpf2cpp writes for the object of ebpf_add_object. By default it is called after NAME,
# without "_skel" at its end: "counter.skel.h" for counter_skel.
function(ebpf_add_skeleton name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_EMBED" "OBJECT;HEADER;NAMESPACE;CLASS" "TYPES;RECORDS")
  get_target_property(object ${arg_OBJECT} EBPF_OBJECT)
  if(NOT object)
    message(FATAL_ERROR "ebpf_add_skeleton(${name}): OBJECT is to name a target of ebpf_add_object")
  endif()
  if(NOT arg_HEADER)
    string(REGEX REPLACE "_skel$" "" arg_HEADER "${name}")
    string(APPEND arg_HEADER ".skel.h")
  endif()
  set(options "")
  if(arg_NAMESPACE)
    list(APPEND options --namespace ${arg_NAMESPACE})
  endif()
  if(arg_CLASS)
    list(APPEND options --class ${arg_CLASS})
  endif()
  if(arg_NO_EMBED)
    list(APPEND options --no-embed)
  endif()
  foreach(type IN LISTS arg_TYPES)
    list(APPEND options --type ${type})
  endforeach()
  foreach(record IN LISTS arg_RECORDS)
    list(APPEND options --record ${record})
  endforeach()
  set(header_dir ${CMAKE_CURRENT_BINARY_DIR}/${name}.include)
  set(header ${header_dir}/${arg_HEADER})
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${header_dir}
    COMMAND ebpf::bpf2cpp ${object} -o ${header} ${options}
    DEPENDS ${object} ebpf::bpf2cpp
    COMMENT "Generating ${arg_HEADER}"
    VERBATIM)
  add_custom_target(${name}_header DEPENDS ${header})
  add_dependencies(${name}_header ${arg_OBJECT})
  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}_header)
  target_include_directories(${name} INTERFACE ${header_dir})
  target_link_libraries(${name} INTERFACE ebpf::ebpf)
endfunction()
