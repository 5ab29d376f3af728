#pragma once

#include "mock/answer.hpp"
#include "mock/encoder.hpp"
#include "mock/knobs.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace weir::mock
{

/// A body in pieces, made one at a time: a stream's events, or a plain body with its filling.
class pieces
{
public:
    /// Both must outlive this.
    pieces(answer const& of, knobs const& asked);

    struct piece {
        std::string bytes; // as on the wire but for the framing
        bool is_content = false;
    };

    /// The next piece; nothing at the end.
    std::optional<piece> next();

private:
    std::optional<piece> next_event();
    std::optional<piece> next_plain();
    std::string dressed(std::string event, bool is_last) const;

    answer const& of_;
    knobs const& asked_;
    encoder encoder_;
    std::uint64_t at_ = 0; // events or bytes already given
    bool ended_ = false;
};

/// The number of bytes of all pieces.
std::uint64_t length_of(answer const& of, knobs const& asked);

} // namespace weir::mock
