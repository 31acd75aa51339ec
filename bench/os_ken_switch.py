# os_ken_switch: a learning switch of OpenFlow 1.3 as os-ken's manual builds it, for osken-manager: what
# tools/bench of compares with. Debian's package has no application in it.
from os_ken.base.app_manager import OSKenApp
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.packet import ethernet, packet
from os_ken.ofproto import ofproto_v1_3


class LearningSwitch(OSKenApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *words, **named):
        super().__init__(*words, **named)
        self.ports = {}  # by switch and address

    def add_flow(self, switch, priority, match, actions):
        parser, protocol = switch.ofproto_parser, switch.ofproto
        apply = parser.OFPInstructionActions(protocol.OFPIT_APPLY_ACTIONS, actions)
        switch.send_msg(parser.OFPFlowMod(datapath=switch, priority=priority, match=match, instructions=[apply]))

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def on_features(self, event):
        switch = event.msg.datapath
        parser, protocol = switch.ofproto_parser, switch.ofproto
        to_here = parser.OFPActionOutput(protocol.OFPP_CONTROLLER, protocol.OFPCML_NO_BUFFER)
        self.add_flow(switch, 0, parser.OFPMatch(), [to_here])

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def on_packet_in(self, event):
        message = event.msg
        switch, in_port = message.datapath, message.match["in_port"]
        parser, protocol = switch.ofproto_parser, switch.ofproto
        frame = packet.Packet(message.data).get_protocol(ethernet.ethernet)
        self.ports[switch.id, frame.src] = in_port
        port = self.ports.get((switch.id, frame.dst), protocol.OFPP_FLOOD)
        actions = [parser.OFPActionOutput(port)]
        if port != protocol.OFPP_FLOOD:
            self.add_flow(switch, 1, parser.OFPMatch(in_port=in_port, eth_dst=frame.dst, eth_src=frame.src), actions)
        data = message.data if message.buffer_id == protocol.OFP_NO_BUFFER else None
        switch.send_msg(parser.OFPPacketOut(datapath=switch, buffer_id=message.buffer_id, in_port=in_port, actions=actions,
                                            data=data))
