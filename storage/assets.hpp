#pragma once

#include "storage/request_record.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Images in bodies. They stay where they are; an asset is one of them, by its place among those of its call.
namespace weir::storage
{

/// Either `url` or `content` says what it is.
struct asset {
    std::string url;        ///< of an image that stands elsewhere
    std::string media_type; ///< such as image/png; empty when the body does not say
    std::string content;    ///< its bytes
};

/// How many of a call's images are assets; what comes after them is not one.
inline constexpr std::size_t most_assets = 100;

/// The images of a call in the order of its bodies, as OpenAI's chat and Responses, Anthropic and Gemini send them and
/// as image endpoints answer. A body that is no JSON has none.
std::vector<asset> find_assets(bodies const& of);

/// The images of a request as it has them: addresses, data URLs, or base64; without the markup of a prompt's input, of
/// which one may be. In the order of find_assets, whose first ones they are.
std::vector<std::string> image_texts(boost::json::value const& request);

/// How many there are. Looks no further than it must into bodies without any.
std::size_t count_assets(bodies const& of);

} // namespace weir::storage
