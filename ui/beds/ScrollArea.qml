import QtQuick
import "../components"
import "../theme"

// Content that may be taller than its place: flicks, and says so by an arrow at its end.
Item {
    id: area

    default property alias content: holder.data
    property real contentHeight: holder.childrenRect.height
    readonly property bool overflows: flick.contentHeight > area.height + 1
    // Brings a part of the content into sight, with as little movement as it takes.
    function show(y: real, height: real): void {
        const room = flick.height;
        const least = y + height - room, most = y;
        flick.contentY = Math.max(0, Math.min(flick.contentHeight - room, Math.max(least, Math.min(most, flick.contentY))));
    }

    readonly property bool moreBelow: area.overflows && flick.contentY + flick.height < flick.contentHeight - 1

    Flickable {
        id: flick

        anchors.bottom: parent.bottom
        anchors.bottomMargin: area.overflows ? arrow.height : 0
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: parent.top
        function stay() {
            flick.contentY = Math.max(0, Math.min(flick.contentY, flick.contentHeight - flick.height));
        }

        boundsBehavior: Flickable.StopAtBounds
        clip: true
        contentHeight: area.contentHeight
        contentWidth: width
        interactive: area.overflows

        // What has become shorter is not scrolled out of sight, and is there at once.
        onContentHeightChanged: flick.stay()
        onHeightChanged: flick.stay()

        Item {
            id: holder

            height: flick.contentHeight
            width: flick.width
        }
    }
    Icon {
        id: arrow

        anchors.bottom: parent.bottom
        anchors.horizontalCenter: parent.horizontalCenter
        color: Theme.brand
        name: "chevron-down"
        objectName: "moreBelow"
        size: Theme.sizeHeading
        visible: area.moreBelow
    }
}
