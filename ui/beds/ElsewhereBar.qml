import QtQuick
import "../components"
import "../theme"

// The ward's next call, for whoever is in this room: a bed elsewhere. Never like this room's own
// lamp: an outline, an arrow away and the words "another bed"; only an emergency fills it.
Rectangle {
    id: bar

    property string priority
    property bool strong: false
    property string lead
    property string bed
    property string kind
    property real size: Theme.sizeHeading
    readonly property color text: bar.strong ? Theme.inkOnLamp(bar.priority) : Theme.ink

    Accessible.name: bar.lead + " " + bar.bed + " " + bar.kind
    Accessible.role: Accessible.AlertMessage
    color: Theme.surface
    implicitHeight: Math.round((bar.strong ? 3.3 : 3) * bar.size)
    radius: Theme.radius

    LampGround {
        anchors.fill: parent
        flashing: true
        objectName: "elsewhereLamp"
        priority: bar.priority
        radius: Theme.radius
        visible: bar.strong
    }
    Icon {
        id: away

        anchors.left: parent.left
        anchors.leftMargin: 2.5 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        color: bar.text
        name: "arrow-right-bold"
        size: Math.round(1.5 * bar.size)
    }
    FitLabel {
        id: lead

        anchors.left: away.right
        anchors.leftMargin: 1.5 * Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: 2.5 * Theme.grid
        color: bar.strong ? bar.text : Theme.muted
        height: Math.round(0.4 * bar.height)
        objectName: "elsewhereLead"
        size: Math.round(0.65 * bar.size)
        smallest: 0.4 * bar.size
        tabular: true
        text: bar.lead
        verticalAlignment: Text.AlignBottom
        wrapMode: Text.NoWrap
    }
    FitLabel {
        id: bed

        anchors.bottom: parent.bottom
        anchors.left: lead.left
        anchors.top: lead.bottom
        color: bar.text
        font.weight: Theme.black
        fontSizeMode: Text.HorizontalFit
        objectName: "elsewhereBed"
        size: Math.round((bar.strong ? 1.4 : 1.2) * bar.size)
        smallest: 0.5 * bar.size
        tabular: true
        text: bar.bed
        width: Math.min(probe.implicitWidth + 2, 0.6 * lead.width)
        wrapMode: Text.NoWrap

        Label {
            id: probe

            font.features: bed.font.features
            font.pixelSize: bed.size
            font.weight: bed.font.weight
            text: bed.text
            visible: false
        }
    }
    FitLabel {
        anchors.bottom: parent.bottom
        anchors.left: bed.right
        anchors.leftMargin: 2 * Theme.grid
        anchors.right: lead.right
        anchors.top: lead.bottom
        color: bar.text
        font.weight: Theme.semibold
        fontSizeMode: Text.HorizontalFit
        objectName: "elsewhereKind"
        size: Math.round(1.1 * bar.size)
        smallest: 0.4 * bar.size
        text: bar.kind
        wrapMode: Text.NoWrap
    }
    LampFrame {
        anchors.fill: parent
        border.width: Theme.lampEdge
        flashing: true
        objectName: "elsewhereFrame"
        priority: bar.priority
        radius: Theme.radius
    }
}
