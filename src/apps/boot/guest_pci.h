// guest_pci: virtio interfaces of a guest on their way to DPDK, which drives them by the kernel's
// module uio_pci_generic. Neighbour: guest.h, which has loaded that module before.
#ifndef BOOT_GUEST_PCI_H
#define BOOT_GUEST_PCI_H

// The folder of the PCI bus in sysfs.
#define GUEST_PCI_BUS "/sys/bus/pci"

// Gives each virtio interface of the bus to uio_pci_generic, and takes it away from the driver that
// has it, as one that is built into the kernel does. Where that module is not loaded nothing
// changes. Logs which interface is left without.
void guest_pci_hand_over(const char *bus);

#endif
