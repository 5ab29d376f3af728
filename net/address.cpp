#include "net/address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace weir::net
{
namespace
{

namespace ip = boost::asio::ip;

struct block {
    std::uint32_t base;
    unsigned bits;
};

constexpr block special_v4[] = {
    {0x00000000, 8},  // this network
    {0x0A000000, 8},  // private
    {0x64400000, 10}, // shared (carrier NAT)
    {0x7F000000, 8},  // loopback
    {0xA9FE0000, 16}, // link-local, cloud metadata services among them
    {0xAC100000, 12}, // private
    {0xC0000000, 24}, // protocol assignments
    {0xC0000200, 24}, // documentation
    {0xC0586300, 24}, // 6to4 relays
    {0xC0A80000, 16}, // private
    {0xC6120000, 15}, // benchmarking
    {0xC6336400, 24}, // documentation
    {0xCB007100, 24}, // documentation
    {0xE0000000, 3},  // multicast and reserved
};

bool is_public_v4(std::uint32_t address)
{
    return std::none_of(std::begin(special_v4), std::end(special_v4),
                        [address](block b) { return (address ^ b.base) >> (32 - b.bits) == 0; });
}

std::uint32_t word(ip::address_v6::bytes_type const& bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8U | bytes[at + i];
    return value;
}

bool is_public_v6(ip::address_v6 const& address)
{
    auto const bytes = address.to_bytes();
    if (address.is_v4_mapped()) return is_public_v4(word(bytes, 12));
    if (word(bytes, 0) == 0x0064FF9B && word(bytes, 4) == 0 && word(bytes, 8) == 0)
        return is_public_v4(word(bytes, 12));                                      // NAT64
    if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_public_v4(word(bytes, 2)); // 6to4
    if (word(bytes, 0) == 0x20010DB8) return false;                                // documentation
    if ((word(bytes, 0) & 0xFFFFFE00U) == 0x20010000) return false; // Teredo and other protocol assignments
    if ((word(bytes, 0) & 0xFFFFF000U) == 0x3FFF0000) return false; // documentation
    return (bytes[0] & 0xE0U) == 0x20U;                             // 2000::/3, the only global unicast there is
}

} // namespace

bool is_public(ip::address const& address)
{
    return address.is_v4() ? is_public_v4(address.to_v4().to_uint()) : is_public_v6(address.to_v6());
}

bool is_loopback(std::string const& host)
{
    if (host == "localhost") return true;
    boost::system::error_code error;
    auto const address = boost::asio::ip::make_address(host, error);
    return !error && address.is_loopback();
}

} // namespace weir::net
