# embed_file(TARGET FILE SYMBOL): puts FILE's bytes into TARGET's read-only data as SYMBOL_begin and SYMBOL_end.
enable_language(ASM)
function(embed_file target file symbol)
  set(path ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  file(
    WRITE ${assembly}.new
    ".section .rodata\n.global ${symbol}_begin\n.global ${symbol}_end\n.balign 16\n${symbol}_begin:\n.incbin \"${path}\"\n${symbol}_end:\n.byte 0\n.section .note.GNU-stack,\"\",%progbits\n"
  )
  file(COPY_FILE ${assembly}.new ${assembly} ONLY_IF_DIFFERENT)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS ${path})
  target_sources(${target} PRIVATE ${assembly})
endfunction()
