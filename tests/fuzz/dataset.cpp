#include "api/dataset_import.hpp"

#include <cstdint>

/// The first byte says which format the others are a text in.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0) return 0;
    auto const format = data[0] % 2 == 0 ? weir::api::export_format::jsonl : weir::api::export_format::csv;
    auto const use = [](weir::api::row_to_import const&) { return weir::api::result<weir::api::null>(); };
    static_cast<void>(weir::api::read_rows({reinterpret_cast<char const*>(data) + 1, size - 1}, format, use));
    return 0;
}
